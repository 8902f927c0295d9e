import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeNpy } from "@onnx-lrp/pictures";
import { toFloat32 } from "@onnx-lrp/pictures/internal";
import { expect, test } from "vitest";
import { readNpy } from "../src/npy.ts";
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
  ["|b1", Uint8Array.of(1, 0), Uint8Array.of(1, 0)],
  ["|i1", Uint8Array.of(0x80, 0x7f), Int8Array.of(-128, 127)],
  ["|u1", Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
  ["<i2", Uint8Array.of(0xfe, 0xff, 0x01, 0x02), Int16Array.of(-2, 513)],
  ["<u2", Uint8Array.of(0xfe, 0xff, 0x01, 0x02), Uint16Array.of(65534, 513)],
  ["<i4", new Uint8Array(Int32Array.of(-1, 70000).buffer), Int32Array.of(-1, 70000)],
  ["<u4", new Uint8Array(Uint32Array.of(2 ** 32 - 1, 70000).buffer), Uint32Array.of(2 ** 32 - 1, 70000)],
  ["<i8", new Uint8Array(BigInt64Array.of(-1n, 1n << 40n).buffer), BigInt64Array.of(-1n, 1n << 40n)],
  ["<u8", new Uint8Array(BigUint64Array.of(~0n, 5n).buffer), BigUint64Array.of(2n ** 64n - 1n, 5n)],
  [">i2", Uint8Array.of(0xff, 0xfe, 0x02, 0x01), Int16Array.of(-2, 513)],
  [">f2", Uint8Array.of(0x3c, 0x00, 0xc0, 0x00), Float32Array.of(1, -2)],
  [">f4", Uint8Array.of(0x3f, 0x80, 0, 0, 0xbf, 0xc0, 0, 0), Float32Array.of(1, -1.5)],
  [">f8", Uint8Array.of(0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0), Float64Array.of(1, -2)],
  [">i8", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7, ...new Uint8Array(8).fill(255)), BigInt64Array.of(7n, -1n)],
])("%s is read", async (descr, body, wanted) => {
  expect((await readNpy(await npyFile(npy(descr, body)))).data).toEqual(wanted);
  const { data, dtype } = await readNpy(await npyFile(npy(descr, body, { version: 2 })));
  expect([data, dtype]).toEqual([wanted, descr.slice(1)]);
  expect((await readNpy(await npyFile(npy(descr, body, { version: 3 })))).data).toEqual(wanted);
});

test("what is stored by columns comes by rows", async () => {
  // numpy.save(path, numpy.asfortranarray(numpy.arange(24, dtype="u1").reshape(2, 3, 4))) writes these bytes.
  const columns = Uint8Array.of(
    0,
    12,
    4,
    16,
    8,
    20,
    1,
    13,
    5,
    17,
    9,
    21,
    2,
    14,
    6,
    18,
    10,
    22,
    3,
    15,
    7,
    19,
    11,
    23,
  );
  const rows = Uint8Array.from({ length: 24 }, (_, i) => i);
  const read = async (descr: string, body: Uint8Array, shape = "(2, 3, 4)") =>
    readNpy(await npyFile(npy(descr, body, { order: "True", shape })));
  expect(await read("|u1", columns)).toEqual({ shape: [2, 3, 4], data: rows, dtype: "u1" });
  const wide = Uint8Array.from([...columns].flatMap((byte) => [0, byte]));
  expect((await read(">u2", wide)).data).toEqual(Uint16Array.from(rows));
  expect((await read("|u1", columns, "(24,)")).data).toEqual(columns);
  expect((await read("|u1", Uint8Array.of(9), "()")).data).toEqual(Uint8Array.of(9));
  expect((await read("|u1", new Uint8Array(0), "(2, 0, 3)")).data).toEqual(new Uint8Array(0));
});

test("as float32 each number is the nearest, as NumPy's astype has it", () => {
  const wide = BigInt64Array.of(
    2n ** 24n + 3n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    2n ** 62n + 2n ** 38n,
    2n ** 62n + 2n ** 38n + 1n,
  );
  // numpy.array([...]).astype("f4"); the last one, rounded to float64 on the way, would be 2 ** 62.
  expect([...toFloat32(wide)]).toEqual([16777220, -(2 ** 53), 2 ** 63, 2 ** 62, 2 ** 62 + 2 ** 39]);
  expect([...toFloat32(BigUint64Array.of(2n ** 64n - 1n, 2n ** 63n + 2n ** 39n + 1n))]).toEqual([
    2 ** 64,
    2 ** 63 + 2 ** 40,
  ]);
  expect([...toFloat32(Float64Array.of(0.1, 1e300, Number.NaN))]).toEqual([
    Math.fround(0.1),
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]);
  expect(toFloat32(Uint8Array.of(0, 200))).toEqual(Float32Array.of(0, 200));
});

test.each([
  ["objects", npy("|O", new Uint8Array(8)), /Python objects .*type "\|O"/],
  ["complex numbers", npy("<c8", new Uint8Array(16)), /complex numbers \(type "<c8"\)/],
  ["texts", npy("<U4", new Uint8Array(32)), /elements of type "<U4"/],
  ["long doubles", npy("<f16", new Uint8Array(32)), /elements of type "<f16"/],
  ["dates", npy("<M8[s]", new Uint8Array(16)), /elements of type "<M8\[s\]"/],
  [
    "a table",
    npy("x', 'y", new Uint8Array(8)).fill("'descr': [('a', '<f4')]", 12, 34),
    /table with named fields/,
  ],
  ["another version", npy("<f4", new Uint8Array(8), { version: 9 }), /version 9 of the \.npy format/],
  [
    "a vast header",
    Buffer.from([...npy("<f4", new Uint8Array(8), { version: 2 })].fill(0xff, 8, 12)),
    /header of 4294967295 bytes/,
  ],
  ["sizes beyond numbers", npy("<f4", new Uint8Array(8), { shape: `(${"9".repeat(400)}, 1)` }), /cut off/],
  ["a vast size beside 0", npy("<f4", new Uint8Array(8), { shape: `(0, ${"9".repeat(30)})` }), /cut off/],
  [
    "a product beyond 2^64",
    npy("<f8", new Uint8Array(8), { shape: "(4294967296, 4294967296, 2)" }),
    /cut off/,
  ],
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
