/**
 * NumPy's number types: how each is named in a .npy file, and how its bytes become numbers.
 *
 * The names are those of a dtype's `str` without the byte order: kind and bytes per element.
 */

/** Where an array's numbers lie, and how many there are. */
type Bytes = [buffer: ArrayBufferLike, offset: number, count: number];

const types = {
  b1: { size: 1, view: (...at: Bytes) => new Uint8Array(...at).map((byte) => (byte === 0 ? 0 : 1)) },
  i1: { size: 1, view: (...at: Bytes) => new Int8Array(...at) },
  i2: { size: 2, view: (...at: Bytes) => new Int16Array(...at) },
  i4: { size: 4, view: (...at: Bytes) => new Int32Array(...at) },
  i8: { size: 8, view: (...at: Bytes) => new BigInt64Array(...at) },
  u1: { size: 1, view: (...at: Bytes) => new Uint8Array(...at) },
  u2: { size: 2, view: (...at: Bytes) => new Uint16Array(...at) },
  u4: { size: 4, view: (...at: Bytes) => new Uint32Array(...at) },
  u8: { size: 8, view: (...at: Bytes) => new BigUint64Array(...at) },
  f2: { size: 2, view: (...at: Bytes) => Float32Array.from(new Uint16Array(...at), halfToNumber) },
  f4: { size: 4, view: (...at: Bytes) => new Float32Array(...at) },
  f8: { size: 8, view: (...at: Bytes) => new Float64Array(...at) },
} as const;

/** The type of an array's numbers. */
export type NpyType = keyof typeof types;

/** The numbers of an array, in the type that its file has. */
export type NpyData =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export interface NpyElement {
  readonly type: NpyType;
  /** Bytes per element. */
  readonly size: number;
  /** Whether the lowest byte comes last. */
  readonly bigEndian: boolean;
}

/** What a .npy header's `descr` says of the elements; undefined if they are no real numbers of a type listed here. */
export function elementOf(descr: string): NpyElement | undefined {
  const [, order = "", name = ""] = /^([<>|=])(\w+)$/.exec(descr) ?? [];
  const type = (Object.keys(types) as NpyType[]).find((known) => known === name);
  if (type === undefined) return undefined;
  const { size } = types[type];
  // "|" says that there is no order, which only single bytes can say.
  if (order === "|" && size > 1) return undefined;
  return { type, size, bigEndian: order === ">" };
}

/** Numbers from little-endian bytes, which lie at a multiple of the type's size; a view of them where that can be. */
export function numbersOf(bytes: Uint8Array, type: NpyType): NpyData {
  const { size, view } = types[type];
  return view(bytes.buffer, bytes.byteOffset, bytes.length / size);
}

/** Turns the order of every `size` bytes around, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/**
 * As float32, which networks compute in: each number rounded to the nearest float32 (of two equally near to the even one),
 * as NumPy's `astype("float32")` does. Integers up to 2^24 stay what they are; what lies beyond float32's range becomes infinite.
 */
export function toFloat32(data: NpyData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float32Array.from<bigint>(data, bigToFloat32);
  }
  return Float32Array.from(data);
}

/** `Number(value)` would round to float64 first, and a number rounded twice can miss the nearest float32. */
function bigToFloat32(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude <= Number.MAX_SAFE_INTEGER) return Math.fround(Number(value));
  // The upper 53 bits, the last of them set if any bit is cut off: rounds like the whole.
  const upper = (magnitude >> 11n) | ((magnitude & 0x7ffn) === 0n ? 0n : 1n);
  const rounded = Math.fround(Number(upper)) * 2 ** 11;
  return value < 0n ? -rounded : rounded;
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
