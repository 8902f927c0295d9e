import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeNpy, readNpy } from "../src/npy.ts";
import { sharedPath, temporaryFolder, testWithShared } from "./shared.ts";

async function npyFile(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), "array.npy");
  await writeFile(path, bytes);
  return path;
}

/** A file as NumPy writes it, with another header and body. */
function npy(descr: string, body: Uint8Array, { order = "False", shape = "(2,)", version = 1 } = {}): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUInt16LE(text.length);
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\x00`, "latin1"),
    length,
    Buffer.from(text),
    body,
  ]);
}

test.each([[[2, 3]], [[6]], [[1, 1, 6]]])("what is written in shape %j is read back", async (shape) => {
  const data = Float32Array.of(0, -1.5, 3.25e-8, Number.POSITIVE_INFINITY, Number.NaN, 7);
  const bytes = encodeNpy(data, shape);
  expect((bytes.length - data.byteLength) % 64).toBe(0);
  expect(await readNpy(await npyFile(bytes))).toEqual({ shape, data, dtype: "f4" });
});

test("a scalar and an empty array are arrays too", async () => {
  expect((await readNpy(await npyFile(encodeNpy(Float32Array.of(2), [])))).data).toEqual(Float32Array.of(2));
  expect((await readNpy(await npyFile(encodeNpy(new Float32Array(0), [0, 3])))).shape).toEqual([0, 3]);
  expect(() => encodeNpy(new Float32Array(5), [2, 3])).toThrow(RangeError);
});

test.each([
  ["<f8", new Uint8Array(Float64Array.of(0.1, -2).buffer), Float64Array.of(0.1, -2)],
  ["<f2", Uint8Array.of(0x00, 0x3c, 0x01, 0x80), Float32Array.of(1, -(2 ** -24))],
  ["<f2", Uint8Array.of(0x00, 0x7c, 0xff, 0x7b), Float32Array.of(Number.POSITIVE_INFINITY, 65504)],
  ["|u1", Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
  ["<i4", new Uint8Array(Int32Array.of(-1, 70000).buffer), Int32Array.of(-1, 70000)],
  ["<i8", new Uint8Array(BigInt64Array.of(-1n, 1n << 40n).buffer), BigInt64Array.of(-1n, 1n << 40n)],
])("%s is read", async (descr, body, wanted) => {
  expect((await readNpy(await npyFile(npy(descr, body)))).data).toEqual(wanted);
  expect((await readNpy(await npyFile(npy(descr, body, { version: 2 })))).data).toEqual(wanted);
});

test.each([
  ["Fortran order", npy("<f4", new Uint8Array(8), { order: "True" }), /Fortran order/],
  ["big-endian", npy(">f4", new Uint8Array(8)), /type ">f4"/],
  ["objects", npy("|O", new Uint8Array(8)), /type "\|O"/],
  ["cut off", npy("<f4", new Uint8Array(7)), /cut off: it holds 7 bytes of 8/],
  ["a huge shape", npy("<f4", new Uint8Array(8), { shape: "(99999999, 99999999)" }), /cut off/],
  ["a structure", npy("x', 'y", new Uint8Array(8), { shape: "x" }), /header/],
  ["no array", Buffer.from("PK\x03\x04 a zip file"), /is not a \.npy file/],
])("%s is refused", async (_, bytes, message) => {
  const reading = readNpy(await npyFile(bytes));
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({
    kind: "input",
    message: expect.stringContaining("array.npy"),
  });
});

testWithShared("a map that NumPy wrote", async () => {
  const map = await readNpy(sharedPath("goldens/squeezenet-zebra/sglrp-unit.zplus-box.npy"));
  const positive = [...map.data].map(Number).filter((value) => value > 0);
  expect(positive.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0.28521337, 5);
});
