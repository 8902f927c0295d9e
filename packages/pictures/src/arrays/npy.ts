/** NumPy's array files, as bytes. */
import { inputError } from "../input-error.ts";
import { elementOf, type NpyData, type NpyElement, type NpyType, numbersOf, swapBytes } from "./npy-types.ts";

// Our own, since npyjs reads but does not write, and brings cross-fetch to load from the network.
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/** An array, row-major. */
export interface Npy {
  readonly shape: readonly number[];
  /** Row by row (C order). Half floats are widened to a Float32Array, truth values are 0 and 1. */
  readonly data: NpyData;
  /** The type in the file: NumPy's kind and bytes per element. */
  readonly dtype: NpyType;
}

const magic = "\x93NUMPY";

/** NumPy itself refuses headers beyond 10,000 characters. */
const longestHeader = 2 ** 16;

/**
 * Decodes the bytes of a .npy file: an array of booleans, integers or floats (float16, float32, float64), in either byte order,
 * stored by rows or by columns, of format version 1, 2 or 3. No more memory is taken than the array has bytes there.
 *
 * @param path the file that they are in, for errors
 * @param name of the array, where the file has several
 * @throws UserError "input" if they are cut off, or hold another kind of array
 */
export function decodeNpy(file: Uint8Array, path: string, name?: string): Npy {
  const fail = (fault: string, remedy: string): never => {
    const array = name === undefined ? `The array file "${path}"` : `The array "${name}" in "${path}"`;
    throw inputError(path, `${array} ${fault}.`, remedy);
  };
  if (file.length < 12 || latin1(file.subarray(0, 6)) !== magic) {
    fail("is not a .npy file", "write it with numpy.save");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) {
    fail(`is of version ${version} of the .npy format, and 1 to 3 are known`, "write it with numpy.save");
  }
  // Version 1 has a header length of two bytes, versions 2 and 3 of four.
  const [length, start] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (length > longestHeader) {
    fail(`has a header of ${length} bytes, which no plain array needs`, "write it with numpy.save");
  }
  const header = latin1(file.subarray(start, start + length));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\dL,\s]*)\)/.exec(header)?.[1];
  if (/'descr':\s*\[/.test(header)) {
    return fail("is a table with named fields", "save each of its fields as an array of its own");
  }
  if (descr === undefined || order === undefined || sizes === undefined) {
    return fail("has a header that cannot be parsed", "write a plain array with numpy.save");
  }
  const element = elementOf(descr);
  if (!element) return fail(...refusedType(descr));
  const shape = sizes.split(",").flatMap((text) => (text.trim() === "" ? [] : [Number.parseInt(text, 10)]));
  const count = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  const bytes = count * element.size;
  const body = file.subarray(start + length);
  // Compared as float64, which is exact as far as files reach.
  if (!shape.every(Number.isSafeInteger) || bytes > body.length) {
    return fail(`is cut off: it holds ${body.length} bytes of ${bytes}`, "save it again");
  }
  const data = littleEndian(body.subarray(0, bytes), element);
  const ordered = order === "True" ? fromColumns(data, shape, element.size) : data;
  return { shape, data: numbersOf(ordered, element.type), dtype: element.type };
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
  const start = 10 + padded.length;
  const file = new Uint8Array(start + data.length * 4);
  const view = new DataView(file.buffer);
  file.set(latin1Bytes(`${magic}\x01\x00`));
  view.setUint16(8, padded.length, true);
  file.set(latin1Bytes(padded), 10);
  data.forEach((value, i) => {
    view.setFloat32(start + i * 4, value, true);
  });
  return file;
}

/** What is wrong with elements of a type that is not read, and what to do. */
function refusedType(descr: string): [fault: string, remedy: string] {
  const cast = 'save array.astype("float32")';
  const kind = descr.replace(/^[<>|=]/, "")[0];
  if (kind === "c") {
    return [
      `has complex numbers (type "${descr}"), and networks take real ones`,
      "save their magnitudes (abs), or real and imaginary parts as channels",
    ];
  }
  if (kind === "O") return [`has Python objects as elements (type "${descr}"), not numbers`, cast];
  return [`has elements of type "${descr}", which are not read`, cast];
}

/** The lowest byte of each number first, and lying where numbers can be viewed; the same bytes if they do so already. */
function littleEndian(body: Uint8Array, { size, bigEndian }: NpyElement): Uint8Array {
  if (!bigEndian && body.byteOffset % size === 0) return body;
  const copy = new Uint8Array(body);
  if (bigEndian) swapBytes(copy, size);
  return copy;
}

/** Elements stored with the first axis running fastest (Fortran order), put in C order. */
function fromColumns(from: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const to = new Uint8Array(from.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, size));
  const index = shape.map(() => 0);
  let source = 0;
  for (let at = 0; at < to.length; at += size) {
    for (let byte = 0; byte < size; byte += 1) to[at + byte] = from[source + byte] ?? 0;
    // The next index in C order: the last axis that is not at its end moves on, those after it start over.
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const [n = 1, stride = 0, i = 0] = [shape[axis], strides[axis], index[axis]];
      const wraps = i + 1 === n;
      index[axis] = wraps ? 0 : i + 1;
      source += wraps ? -i * stride : stride;
      if (!wraps) break;
    }
  }
  return to;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
