/** Files that hold an array for one of a network's inputs. */
import { extname } from "node:path";
import type { Feed } from "@onnx-lrp/core";
import type { Npy } from "@onnx-lrp/pictures";
import { inputError, toFloat32 } from "@onnx-lrp/pictures/internal";
import { readNpy } from "./npy.ts";
import { readNpz } from "./npz.ts";

/**
 * The array in a .npy file; of a .npz file the one that is named like the input, or its only one.
 *
 * @throws UserError "input" if the file cannot be read, or has several arrays and none is named like the input
 */
export async function readArrayFor(input: string, path: string): Promise<Npy> {
  if (extname(path).toLowerCase() !== ".npz") return readNpy(path);
  const arrays = await readNpz(path);
  const named = arrays.get(input);
  if (named !== undefined) return named;
  const [first] = arrays.values();
  if (first !== undefined && arrays.size === 1) return first;
  const names = [...arrays.keys()].slice(0, 10).map((name) => `"${name}"`);
  throw inputError(
    path,
    `The array file "${path}" holds ${arrays.size} arrays (${names.join(", ")}${arrays.size > 10 ? ", …" : ""}), and none is named "${input}" like the model's input.`,
    "name one of them so, or save it alone",
  );
}

/**
 * The arrays in a .npz file that are named like inputs, as values for these; none of other files.
 *
 * @throws UserError "input" if the file cannot be read
 */
export async function readFeedsFor(
  inputs: readonly string[],
  path: string,
): Promise<Record<string, Exclude<Feed, number>>> {
  if (inputs.length === 0 || extname(path).toLowerCase() !== ".npz") return {};
  const arrays = await readNpz(path);
  return Object.fromEntries(
    inputs.flatMap((name) => {
      const array = arrays.get(name);
      return array === undefined ? [] : [[name, { data: toFloat32(array.data), shape: array.shape }]];
    }),
  );
}
