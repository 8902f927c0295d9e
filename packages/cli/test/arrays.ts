/** .npy files for tests, read and written without the product's own code. */
import { readFileSync, writeFileSync } from "node:fs";

export function writeArray(path: string, shape: readonly number[], values: Float32Array): void {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`.padEnd(117);
  const head = Buffer.from(`\x93NUMPY\x01\x00v\x00${header}\n`, "latin1");
  writeFileSync(
    path,
    Buffer.concat([head, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]),
  );
}

export function readArray(path: string): { shape: number[]; values: Float32Array } {
  const file = readFileSync(path);
  const start = 10 + file.readUInt16LE(8);
  const [, shape = ""] = /'shape': \(([^)]*)\)/.exec(file.toString("latin1", 10, start)) ?? [];
  return {
    shape: shape.split(",").filter(Boolean).map(Number),
    values: new Float32Array(new Uint8Array(file.subarray(start)).buffer),
  };
}

/** The numbers of a picture for the tiny networks, as the preprocessing "unit" makes them: from 0 to 1. */
export function example(count = 192): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (Math.cos(i * 0.9) + 1) / 2);
}
