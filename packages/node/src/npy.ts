import type { Npy } from "@onnx-lrp/pictures";
import { decodeNpy } from "@onnx-lrp/pictures/internal";
import { readBounded } from "./read-bounded.ts";

/**
 * Reads a NumPy array of booleans, integers or floats (float16, float32, float64), in either byte order, stored by rows or by
 * columns, of format version 1, 2 or 3.
 *
 * @throws UserError "input" if the file cannot be read, is cut off or too large, or holds another kind of array
 */
export async function readNpy(path: string): Promise<Npy> {
  return decodeNpy(await readBounded(path, { what: "array file", limit: "arrayBytes" }), path);
}
