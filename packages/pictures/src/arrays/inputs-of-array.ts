import type { InputPort } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader";

/**
 * What an array holds for an input: one, or as many as the array has along a first axis of its own.
 *
 * @param values row-major
 * @param to the input's shape with the batch, and what errors call the array
 * @returns each in the input's shape without the batch, as views into `values`
 * @throws UserError "input" if the array has another shape
 */
export function inputsOfArray(
  values: Float32Array,
  shape: readonly number[],
  { dims, path }: Pick<InputPort, "dims"> & { readonly path: string },
): Float32Array[] {
  const sizes = dims.slice(1).map(Number);
  const count = countOf(shape, sizes);
  if (count === undefined) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}; the model takes N x ${sizes.join(" x ")}, with any N.`,
      { subject: { file: path } },
    );
  }
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * length, (i + 1) * length));
}

/**
 * How many inputs an array of a shape holds, undefined where it does not fit: one where it has the network's sizes, as many
 * as its first axis says where the others have them.
 */
function countOf(shape: readonly number[], sizes: readonly number[]): number | undefined {
  if (sameButOnes(shape, sizes)) return 1;
  const [first = 0, ...others] = shape;
  return first > 0 && sameButOnes(others, sizes) ? first : undefined;
}

/** Axes of one element, such as a batch or a grey picture's channel, may be there or not. */
function sameButOnes(a: readonly number[], b: readonly number[]): boolean {
  const [left, right] = [a, b].map((sizes) => sizes.filter((size) => size !== 1));
  return left?.join() === right?.join();
}
