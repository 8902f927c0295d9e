/** The sum of a value's relevance for each target and picture. */
import { intValue as int } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext } from "../operators/operator.ts";
import { openAxis } from "../operators/size.ts";

/**
 * Over everything but target and picture. Both stand before all else in most per-target values. Row by row first: one sum of
 * millions of float32 numbers would lose digits.
 *
 * @param batch int64 [1]: the number of pictures in the run
 * @returns a function to [K, N] of a per-target value, the dims of the value that it is the relevance of, and how many
 * elements lie before the batch in its axis (batch-order.ts)
 */
export function createTotal(
  { tape, perTarget }: EmitContext,
  batch: string,
): (r: string, dims: readonly Size[], outer?: number) => string {
  const shape = tape.emit("Concat", [perTarget.count(), batch, tape.ints([-1])], { axis: int(0) });
  return (r, dims, outer = 1) => {
    const axis = openAxis(dims);
    if (axis > 0 || outer !== 1) {
      const others = dims.flatMap((_, at) => (at === axis ? [] : [at + 1]));
      const flat = tape.emit("ReduceSum", [perTarget.split(r, dims), tape.ints(others)], {
        keepdims: int(0),
      });
      const parts = tape.emit("Concat", [perTarget.count(), tape.ints([outer]), batch, tape.ints([-1])], {
        axis: int(0),
      });
      return tape.emit("ReduceSum", [tape.emit("Reshape", [flat, parts]), tape.ints([1, 3])], {
        keepdims: int(0),
      });
    }
    const rows = dims.length < 2 ? r : tape.emit("ReduceSum", [r, tape.ints([-1])], { keepdims: int(1) });
    return tape.emit("ReduceSum", [tape.emit("Reshape", [rows, shape]), tape.ints([2])], {
      keepdims: int(0),
    });
  };
}
