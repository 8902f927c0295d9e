/** How much of a file is read, and how large it may be. */
import { graphOf, modelOf, node, output } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import { type DataType, floatTensor, readModel, type Tensor, writeModel } from "../src/index.ts";
import { type ByteSource, readWithoutWeights } from "../src/internal.ts";
import { sourceOf, sparse } from "./skeleton-source.ts";
import { bytesField, intField, join } from "./wire.ts";

/** A file that is made while it is read: what is given, and zeros of any length. */
function fileOf(parts: readonly (Uint8Array | number)[]): ByteSource & { readonly read_: { bytes: number } } {
  const starts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let size = 0;
  for (const part of parts) {
    if (typeof part !== "number") starts.push({ at: size, bytes: part });
    size += typeof part === "number" ? part : part.length;
  }
  const read_ = { bytes: 0 };
  return {
    size,
    read_,
    read(into, from) {
      read_.bytes += into.length;
      into.fill(0);
      for (const { at, bytes } of starts) {
        const [start, end] = [Math.max(at, from), Math.min(at + bytes.length, from + into.length)];
        if (start < end) into.set(bytes.subarray(start - at, end - at), start - from);
      }
    },
  };
}

/** A field's tag and the length of what follows. */
function headOf(field: number, length: number): Uint8Array {
  const bytes: number[] = [field * 8 + 2];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

test("weights of many gibibytes are passed over", () => {
  const gib = 2 ** 30;
  const sizes = [3 * gib, gib - 4, 40 * gib];
  const weights = sizes.map((length, i) => {
    const front = join([intField(1, length / 4), intField(2, 1), bytesField(8, `w${i}`), headOf(9, length)]);
    return [headOf(5, front.length + length), front, length] as const;
  });
  const end = bytesField(12, bytesField(1, "y"));
  const inside = weights
    .flat()
    .reduce<number>((sum, part) => sum + (typeof part === "number" ? part : part.length), end.length);
  const file = fileOf([intField(1, 8), headOf(7, inside), ...weights.flat(), end]);
  expect(file.size).toBeGreaterThan(44 * gib - 100);
  const made = readWithoutWeights(file, "huge.onnx");
  expect(file.read_.bytes).toBeLessThan(200_000);
  const { graph } = readModel(made?.bytes ?? new Uint8Array());
  let offset = 2 + headOf(7, inside).length;
  for (const [i, [head, front, length]] of weights.entries()) {
    offset += head.length + front.length;
    expect(graph.initializers.get(`w${i}`)).toEqual({
      name: `w${i}`,
      type: "float32",
      dims: [length / 4],
      storage: { kind: "external", location: "huge.onnx", offset, length },
    });
    offset += length;
  }
  // One byte less, and the last weight would go beyond the end.
  const cut = { ...file, size: file.size - 1 };
  expect(readWithoutWeights(cut, "huge.onnx")).toBeUndefined();
});

test("what is left of a model may not exceed a message's limit", () => {
  const length = 3 * 2 ** 30;
  const front = join([intField(1, length / 4), intField(2, 1), bytesField(8, "w"), headOf(4, length)]);
  const graph = front.length + length + headOf(5, front.length + length).length;
  const file = fileOf([headOf(7, graph), headOf(5, front.length + length), front, length]);
  expect(readWithoutWeights(file, "f")).toBeUndefined();
  expect(file.read_.bytes).toBeLessThan(200_000);
});

test("many small fields take few reads, and the values of weights none", () => {
  const nodes = Array.from({ length: 5000 }, (_, i) => node("Neg", [`v${i}`], [`v${i + 1}`]));
  const initializers = Array.from({ length: 8 }, (_, i) =>
    floatTensor(`w${i}`, [500_000], new Float32Array(500_000)),
  );
  const bytes = writeModel(modelOf({ nodes, inputs: [], outputs: [output("v5000")], initializers }));
  const source = sourceOf(bytes);
  const made = readWithoutWeights(source, "f");
  expect(made?.bytes.length).toBeLessThan(bytes.length - 8 * 2_000_000 + 1000);
  expect(source.read_.calls).toBeLessThan(60);
  expect(source.read_.bytes).toBeLessThan(2 * (made?.bytes.length ?? 0) + 8 * 2 * 16_384);
});

test("weights that are read stand in memory of their own, less what was passed over", () => {
  const tensor = (name: string, length: number, type: DataType = "float32"): Tensor => ({
    name,
    type,
    dims: [length],
    storage: { kind: "raw", bytes: new Uint8Array(4 * length) },
  });
  const graph = graphOf({
    nodes: [],
    inputs: [],
    outputs: [output("y")],
    initializers: [tensor("large", 5_000_000), tensor("small", 10)],
  });
  const bytes = writeModel({ ...modelOf({ nodes: [], inputs: [], outputs: [] }), graph });
  const model = readModel(sparse(bytes).bytes);
  const { storage } = model.graph.initializers.get("small") ?? {};
  expect(storage?.kind === "raw" && storage.bytes.buffer.byteLength).toBeLessThan(500);
});
