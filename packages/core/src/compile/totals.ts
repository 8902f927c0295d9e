/** The sum of a value's relevance for each target and picture. */
import { int } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "../operators/operator.ts";

/**
 * Over everything but target and picture. Both stand before all else in every per-target value. Row by row first: one sum of
 * millions of float32 numbers would lose digits.
 *
 * @param batch int64 [1]: the number of pictures in the run
 * @returns a function of a per-target value and its rank, to [K, N]
 */
export function createTotal(
  { tape, perTarget }: EmitContext,
  batch: string,
): (r: string, rank: number) => string {
  const shape = tape.emit("Concat", [perTarget.count(), batch, tape.ints([-1])], { axis: int(0) });
  return (r, rank) => {
    const rows = rank < 2 ? r : tape.emit("ReduceSum", [r, tape.ints([-1])], { keepdims: int(1) });
    return tape.emit("ReduceSum", [tape.emit("Reshape", [rows, shape]), tape.ints([2])], {
      keepdims: int(0),
    });
  };
}
