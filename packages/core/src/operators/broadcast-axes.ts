import { outputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { Site } from "./operator.ts";
import { sameSize } from "./size.ts";

/** The axis of each input that an axis of the output runs along, where inputs are broadcast; undefined where one is repeated. */
export function broadcastAxes({ node, shape }: Site, axis: number): (number | undefined)[] {
  const output = shape(outputOf(node));
  return node.inputs.map((input) => (input === "" ? undefined : alignedAxis(shape(input), output, axis)));
}

/** The axis of a shape that is broadcast to another's axis; undefined where it is repeated along that. */
export function alignedAxis(
  dims: readonly Size[],
  output: readonly Size[],
  axis: number,
): number | undefined {
  const own = axis - (output.length - dims.length);
  return own >= 0 && sameSize(dims[own], output[axis]) ? own : undefined;
}
