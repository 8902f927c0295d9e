import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeNpy } from "@onnx-lrp/pictures";
import { isArrayFile } from "@onnx-lrp/pictures/internal";
import { expect, test } from "vitest";
import { readArrayFor } from "../src/array-file.ts";
import { readNpz } from "../src/npz.ts";
import { temporaryFolder } from "./shared.ts";
import { zip } from "./zip.ts";

// numpy.savez_compressed(f, **{"picture": numpy.arange(6, dtype="f4").reshape(2, 3) / 2, "/age": numpy.array([37], "i8")})
const two =
  "UEsDBC0AAAAIAAAAIQALwLB2//////////8LABQAcGljdHVyZS5ucHkBABAAmAAAAAAAAABXAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYIsGdgaADiA0DM4MDAoOAAAFBLAwQtAAAACAAAACEAkvYoI///////////CAAUAC9hZ2UubnB5AQAQAIgAAAAAAAAASAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOpo6CrUKFAAuVQYIAABQSwECLQMtAAAACAAAACEAC8CwdlcAAACYAAAACwAAAAAAAAAAAAAAgAEAAAAAcGljdHVyZS5ucHlQSwECLQMtAAAACAAAACEAkvYoI0gAAACIAAAACAAAAAAAAAAAAAAAgAGUAAAAL2FnZS5ucHlQSwUGAAAAAAIAAgBvAAAAFgEAAAAA";
// numpy.savez(f, x=numpy.arange(3, dtype="u1"))
const one =
  "UEsDBC0AAAAAAAAAIQBI6mbs//////////8FABQAeC5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECUEsBAi0DLQAAAAAAAAAhAEjqZuyDAAAAgwAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsFBgAAAAABAAEAMwAAALoAAAAAAA==";

async function file(bytes: Uint8Array, name = "arrays.npz"): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  return path;
}

/** The archive with its directory's first entry changed: 16 is where the checksum stands in it, 24 the size. */
function changed(archive: string, at: number, value: number): Buffer {
  const bytes = Buffer.from(archive, "base64");
  bytes.writeUInt32LE(value, bytes.indexOf("PK\x01\x02") + at);
  return bytes;
}

test("arrays come by name, packed or not", async () => {
  const arrays = await readNpz(await file(Buffer.from(two, "base64")));
  expect([...arrays]).toEqual([
    ["picture", { shape: [2, 3], data: Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5), dtype: "f4" }],
    ["/age", { shape: [1], data: BigInt64Array.of(37n), dtype: "i8" }],
  ]);
  const plain = await readNpz(await file(Buffer.from(one, "base64")));
  expect([...plain]).toEqual([["x", { shape: [3], data: Uint8Array.of(0, 1, 2), dtype: "u1" }]]);
});

test("an input takes the array of its name, or the only one", async () => {
  const several = await file(Buffer.from(two, "base64"));
  expect((await readArrayFor("/age", several)).shape).toEqual([1]);
  await expect(readArrayFor("input", several)).rejects.toThrow(
    /arrays\.npz" holds 2 arrays \("picture", "\/age"\), and none is named "input"/,
  );
  expect((await readArrayFor("input", await file(Buffer.from(one, "base64"), "x.NPZ"))).dtype).toBe("u1");
  const npy = await file(encodeNpy(Float32Array.of(1, 2), [2]), "x.npy");
  expect((await readArrayFor("input", npy)).data).toEqual(Float32Array.of(1, 2));
  expect(["a.npy", "b.NPZ", "c.png", "npz"].map(isArrayFile)).toEqual([true, true, false, false]);
});

test.each([
  ["another file", Buffer.from("no archive at all, only text"), /no whole \.npz file/],
  ["half a file", Buffer.from(one, "base64").subarray(0, 150), /no whole \.npz file/],
  ["an archive of nothing", Buffer.from(`PK\x05\x06${"\0".repeat(18)}`, "latin1"), /holds no arrays/],
  ["more than the directory says", changed(two, 24, 20), /no whole \.npz file .*bytes/],
  ["less than the directory says", changed(two, 24, 2 ** 31), /no whole \.npz file .*bytes/],
  ["a wrong checksum", changed(two, 16, 1), /no whole \.npz file \(the checksum/],
  ["another way of packing", changed(one, 10, 99), /no whole \.npz file .*compression/],
  ["a locked archive", changed(two, 8, 0x80001), /no whole \.npz file .*encrypt/],
])("%s is refused", async (_, bytes, message) => {
  const reading = readNpz(await file(bytes));
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({
    kind: "input",
    message: expect.stringContaining("arrays.npz"),
  });
});

test("no more is unpacked than allowed, whatever the directory says", async () => {
  // A mebibyte of zeros, packed into a thousandth.
  const npy = encodeNpy(new Float32Array(2 ** 18), [2 ** 18]);
  const bomb = zip("zeros.npy", npy);
  expect(bomb.length).toBeLessThan(2000);
  expect((await readNpz(await file(bomb), 2 ** 21)).get("zeros")?.shape).toEqual([2 ** 18]);
  await expect(readNpz(await file(bomb), 2 ** 20)).rejects.toThrow(
    /arrays in ".*arrays\.npz" take more than 1 MiB/,
  );
  await expect(readNpz(await file(bomb), 2 ** 10)).rejects.toThrow(/arrays\.npz" take more than/);
});
