import { readFile } from "node:fs/promises";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { readError } from "./read-error.ts";

// Our own, since npyjs reads but does not write, and brings cross-fetch to load from the network.
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

export type NpyData = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array;

export interface Npy {
  readonly shape: readonly number[];
  /** Row by row (C order). Half floats (`f2`) are widened to a Float32Array. */
  readonly data: NpyData;
  readonly dtype: "f2" | "f4" | "f8" | "u1" | "i4" | "i8";
}

const magic = "\x93NUMPY";

const decoders: Readonly<Record<Npy["dtype"], (bytes: ArrayBuffer) => NpyData>> = {
  f2: (bytes) => Float32Array.from(new Uint16Array(bytes), halfToNumber),
  f4: (bytes) => new Float32Array(bytes),
  f8: (bytes) => new Float64Array(bytes),
  u1: (bytes) => new Uint8Array(bytes),
  i4: (bytes) => new Int32Array(bytes),
  i8: (bytes) => new BigInt64Array(bytes),
};

/**
 * Reads a NumPy array of little-endian f2, f4, f8, i4 or i8, or of u1, in C order.
 *
 * @throws UserError "input" if the file cannot be read, is cut off, or holds another kind of array
 */
export async function readNpy(path: string): Promise<Npy> {
  const fail = (what: string, remedy: string): never => {
    const details = { subject: { file: path }, remedies: [textRemedy(remedy)] };
    throw new UserError("input", `The array file "${path}" ${what}.`, details);
  };
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw readError("input", "array file", path, cause);
  }
  if (file.length < 12 || file.toString("latin1", 0, 6) !== magic) {
    fail("is not a .npy file", "write it with numpy.save");
  }
  // Version 1 has a header length of two bytes, versions 2 and 3 of four.
  const [length, start] = file[6] === 1 ? [file.readUInt16LE(8), 10] : [file.readUInt32LE(8), 12];
  const header = file.toString("latin1", start, start + length);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) {
    return fail("has a header that cannot be parsed", "write a plain array with numpy.save");
  }
  if (order === "True") {
    fail("is stored column by column (Fortran order)", "save numpy.ascontiguousarray(array) instead");
  }
  const dtype = dtypeOf(descr);
  if (!dtype) {
    return fail(`has elements of type "${descr}"`, 'save it as float32, for instance array.astype("<f4")');
  }
  const shape = sizes.split(",").filter((size) => size.trim() !== "");
  const dimensions = shape.map(Number);
  const bytes = dimensions.reduce((product, size) => product * size, Number(dtype.slice(1)));
  const body = file.subarray(start + length);
  if (body.length < bytes) fail(`is cut off: it holds ${body.length} bytes of ${bytes}`, "save it again");
  const aligned = new Uint8Array(bytes);
  aligned.set(body.subarray(0, bytes));
  return { shape: dimensions, data: decoders[dtype](aligned.buffer), dtype };
}

/**
 * The bytes of a .npy file of little-endian float32 in C order.
 *
 * @throws RangeError if `shape` does not multiply to `data.length`
 */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Uint8Array {
  if (shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new RangeError(`${data.length} numbers do not fill an array of shape [${shape.join(", ")}]`);
  }
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The data starts at a multiple of 64 bytes, and a newline ends the header.
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const file = Buffer.alloc(10 + padded.length + data.length * 4);
  file.write(`${magic}\x01\x00`, "latin1");
  file.writeUInt16LE(padded.length, 8);
  file.write(padded, 10, "latin1");
  data.forEach((value, i) => {
    file.writeFloatLE(value, 10 + padded.length + i * 4);
  });
  return file;
}

function dtypeOf(descr: string): Npy["dtype"] | undefined {
  if (descr === "|u1") return "u1";
  const name = descr.startsWith("<") ? descr.slice(1) : "";
  return (["f2", "f4", "f8", "i4", "i8"] as const).find((dtype) => dtype === name);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
