import { inputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { alongAxis } from "./broadcast.ts";
import type { EmitContext, Site } from "./operator.ts";
import { scatterAlong } from "./scatter.ts";
import { staticSize } from "./size.ts";

/** Elements picked along one axis: entry o is the input's place of output o. */
export interface AxisIndices {
  readonly axis: number;
  readonly places: readonly number[];
}

/** The adjoint of picking along several axes. */
export function scatterBack(
  emission: EmitContext,
  r: string,
  site: Site,
  picks: readonly AxisIndices[],
): string {
  const input = site.shape(inputOf(site.node, 0));
  const dims: Size[] = [...input];
  for (const { axis, places } of picks) dims[axis] = places.length;
  return picks.reduceRight((rest, { axis, places }) => {
    const from = [...dims];
    const size = staticSize(input[axis], site, "size");
    dims[axis] = size;
    return alongAxis(emission, rest, axis, from, dims, (value, at) =>
      scatterAlong(emission, value, { axis: at, places, size, rank: input.length + at - axis }),
    );
  }, r);
}
