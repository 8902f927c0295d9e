/** Element types of ONNX tensors: their names here, their codes in a file (TensorProto.DataType), their size. */
const table = {
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  string: { code: 8, bits: 0 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
  float4e2m1: { code: 23, bits: 4 },
  float8e8m0: { code: 24, bits: 8 },
  uint2: { code: 25, bits: 2 },
  int2: { code: 26, bits: 2 },
} as const;

/** The type of a tensor's elements, by ONNX's name in lower case: `float32`, `int64`. */
export type DataType = keyof typeof table;

const byCode = new Map<number, DataType>();
for (const name of Object.keys(table) as DataType[]) byCode.set(table[name].code, name);

/** The name of a TensorProto.DataType code, or undefined for a code newer than this table. */
export function dataTypeOf(code: number): DataType | undefined {
  return byCode.get(code);
}

export function dataTypeCode(type: DataType): number {
  return table[type].code;
}

/** Bytes that `count` elements take in `raw_data`; types narrower than a byte are packed. */
export function byteSize(type: DataType, count: number): number {
  return Math.ceil((table[type].bits * count) / 8);
}

const floats: ReadonlySet<DataType> = new Set(["float32", "float64", "float16", "bfloat16"]);

export function isFloat(type: DataType): boolean {
  return floats.has(type);
}
