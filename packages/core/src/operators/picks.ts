import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { alongAxis } from "./broadcast.ts";
import type { EmitContext, Origin } from "./operator.ts";
import { type Part, partDims, pickedPart } from "./part.ts";
import { reshapedPart } from "./reshaped-part.ts";
import { scatterAlong } from "./scatter.ts";
import { sameDims } from "./size.ts";

/** Elements picked along one axis: entry o is the input's place of output o. */
export interface AxisIndices {
  readonly axis: number;
  readonly places: readonly number[];
}

/** The adjoint of picking along several axes of a value of shape `input`, none of which is the batch. */
export function scatterBack(
  emission: EmitContext,
  r: string,
  input: readonly Size[],
  picks: readonly AxisIndices[],
): string {
  const dims: Size[] = [...input];
  for (const { axis, places } of picks) dims[axis] = places.length;
  return picks.reduceRight((rest, { axis, places }) => {
    const from = [...dims];
    const size = Number(input[axis]);
    dims[axis] = size;
    return alongAxis(emission, rest, axis, from, dims, (value, at) =>
      scatterAlong(emission, value, { axis: at, places, size, rank: input.length + at - axis }),
    );
  }, r);
}

/** Where a part of what was picked comes from, if the places are ascending. */
export function pickedOrigin(
  dims: readonly Size[],
  picks: readonly AxisIndices[],
  part: Part,
): Origin | undefined {
  let found: Part | undefined = part;
  for (const { axis, places } of picks) found = found && pickedPart(dims, axis, places, found);
  return found && { part: found, adjoint: (_, r) => r };
}

/** Where a part of a value whose shape was changed from `dims` to `output` comes from. */
export function reshapedOrigin(
  dims: readonly Size[],
  output: readonly Size[],
  part: Part,
): Origin | undefined {
  const found = reshapedPart(output, dims, part);
  if (found === undefined) return undefined;
  const [before, after] = [partDims(output, part), partDims(dims, found)];
  return {
    part: found,
    adjoint: ({ perTarget }, r) => (sameDims(before, after) ? r : perTarget.reshape(r, after)),
  };
}
