/** Array files as a network takes them. */
import type { InputPort } from "@onnx-lrp/core";
import { inputsOfArray, toFloat32 } from "@onnx-lrp/pictures/internal";
import { readArrayFor } from "./array-file.ts";

/**
 * What an array file holds for an input: one, or as many as the array has along a first axis of its own.
 *
 * @returns each in the input's shape without the batch
 * @throws UserError "input" if the file cannot be read, or the array has another shape
 */
export async function readInputArrays(
  path: string,
  { name, dims }: Pick<InputPort, "name" | "dims">,
): Promise<Float32Array[]> {
  const { shape, data } = await readArrayFor(name, path);
  return inputsOfArray(toFloat32(data), shape, { dims, path });
}
