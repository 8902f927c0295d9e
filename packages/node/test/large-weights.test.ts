/** Networks whose weights are large enough to stay in their file, or beside it, until they are wanted. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { createExplainer } from "@onnx-lrp/core";
import {
  type Attribute,
  createTape,
  type Model,
  type Node,
  readModel,
  type Tensor,
  writeModel,
} from "@onnx-lrp/onnx-loader";
import { allTensors, mapTensors } from "@onnx-lrp/onnx-loader/internal";
import { beforeAll, describe, expect, test } from "vitest";
import { openExplainer } from "../src/explainer.ts";
import { readModelFile } from "../src/model-file.ts";
import { runtime } from "../src/runtime.ts";
import { writeExplanationModel } from "../src/write-explanation.ts";
import { temporaryFolder } from "./shared.ts";

const pixels = { low: [-2, -2, -2], high: [2, 2, 2] };
const side = 24;
const picture = Float32Array.from({ length: 3 * side * side }, (_, i) => Math.cos(i / 9));

function noise(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 0.1);
}

function node(op: string, inputs: string[], outputs: string[], attributes: [string, Attribute][] = []): Node {
  return { op, domain: "", name: outputs[0] ?? "", inputs, outputs, attributes: new Map(attributes) };
}

/** Two dense layers of more than a megabyte each, the second's weight a Constant node, and a small number made of the first's. */
function network(): Model {
  const tape = createTape([], "made");
  const flat = 8 * side * side;
  const conv = tape.floats(noise(8 * 3 * 9, 1), [8, 3, 3, 3]);
  const dense = tape.floats(noise(flat * 96, 2), [96, flat]);
  const second: Tensor = {
    name: "second",
    type: "float32",
    dims: [96, 3000],
    storage: { kind: "raw", bytes: new Uint8Array(Float32Array.from(noise(96 * 3000, 3)).buffer) },
  };
  const flag = (value: bigint): Attribute => ({ kind: "int", value });
  const ints = (...values: number[]): Attribute => ({ kind: "ints", value: values.map(BigInt) });
  return {
    irVersion: 8,
    opsets: { "": 13 },
    producer: "",
    producerVersion: "",
    metadata: {},
    functions: [],
    carried: [],
    graph: {
      name: "g",
      nodes: [
        node("Conv", ["x", conv], ["c"], [["pads", ints(1, 1, 1, 1)]]),
        node("Relu", ["c"], ["r"]),
        node("Flatten", ["r"], ["f"]),
        node("Gemm", ["f", dense], ["d"], [["transB", flag(1n)]]),
        node(
          "ReduceMax",
          [dense],
          ["top"],
          [
            ["axes", ints(1)],
            ["keepdims", flag(0n)],
          ],
        ),
        node("Add", ["d", "top"], ["e"]),
        node("Relu", ["e"], ["h"]),
        node("Constant", [], ["w2"], [["value", { kind: "tensor", value: second }]]),
        node("MatMul", ["h", "w2"], ["y"]),
      ],
      initializers: tape.initializers,
      inputs: [{ name: "x", type: { type: "float32", dims: ["N", 3, side, side] } }],
      outputs: [{ name: "y", type: { type: "float32", dims: ["N", 3000] } }],
      valueInfo: [],
      overridable: new Set(),
      carried: [],
    },
  };
}

let whole: Uint8Array;
let reference: Float32Array;

beforeAll(async () => {
  whole = writeModel(network());
  const explainer = await createExplainer(runtime, whole, { pixels });
  const [result] = await explainer.explain([picture], [[7]]);
  await explainer.release();
  reference = result?.explanations[0]?.relevance ?? new Float32Array();
});

async function saved(name = "net.onnx"): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, name);
  writeFileSync(path, whole);
  return { folder, path };
}

const distance = (found: Float32Array): number =>
  Math.max(...reference.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN)))) /
  Math.max(...reference.map(Math.abs));

async function explained(path: string): Promise<Float32Array> {
  const explainer = await openExplainer(path, { pixels });
  try {
    const [result] = await explainer.explain([picture], [[7]]);
    return result?.explanations[0]?.relevance ?? new Float32Array();
  } finally {
    await explainer.release();
  }
}

function external(model: Model): Tensor[] {
  return allTensors(model.graph).filter(({ storage }) => storage.kind === "external");
}

test("large weights stay in the file", async () => {
  const { path } = await saved();
  const before = process.memoryUsage().arrayBuffers;
  const file = readModelFile(path);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
  expect(file.size).toBe(whole.length);
  expect(file.bytesBeside).toBe(0);
  const large = external(file.model);
  expect(large.map(({ dims }) => dims)).toEqual([
    [96, 8 * side * side],
    [96, 3000],
  ]);
  const plain = allTensors(readModel(whole).graph).filter(({ dims }) => dims[0] === 96);
  for (const [i, { storage }] of large.entries()) {
    const { storage: own } = plain[i] ?? {};
    if (storage.kind !== "external" || own?.kind !== "raw") throw new Error("other storage");
    const { offset, length } = storage;
    expect(Buffer.compare(whole.subarray(offset, offset + length), own.bytes)).toBe(0);
  }
});

describe("an explanation is the same as that of the whole model in memory", () => {
  test("from a file", async () => {
    const { path } = await saved("ein Netz ü.onnx");
    expect(distance(await explained(path))).toBeLessThan(1e-5);
  });

  test("through a link of another name", async () => {
    const { folder, path } = await saved();
    symlinkSync(path, join(folder, "link.onnx"));
    expect(distance(await explained(join(folder, "link.onnx")))).toBeLessThan(1e-5);
  });

  test("through a link in another folder", async () => {
    const { path } = await saved();
    const elsewhere = await temporaryFolder();
    symlinkSync(path, join(elsewhere, "link.onnx"));
    expect(distance(await explained(join(elsewhere, "link.onnx")))).toBeLessThan(1e-5);
  });

  test.each(["beside the file", "beside a link to it in another folder"])(
    "with some of the weights %s",
    async (place) => {
      const folder = await temporaryFolder();
      const model = mapTensors(readModel(whole), (tensor) => {
        if (tensor.dims[1] !== 3000 || tensor.storage.kind !== "raw") return tensor;
        const { bytes } = tensor.storage;
        writeFileSync(join(folder, "w.bin"), bytes);
        return {
          ...tensor,
          storage: { kind: "external", location: "w.bin", offset: 0, length: bytes.length },
        };
      });
      let path = join(folder, "net.onnx");
      writeFileSync(path, writeModel(model));
      if (place !== "beside the file") {
        const elsewhere = await temporaryFolder();
        renameSync(path, join(elsewhere, "blob"));
        path = join(folder, "link.onnx");
        symlinkSync(join(elsewhere, "blob"), path);
      }
      expect(readModelFile(path).bytesBeside).toBe(96 * 3000 * 4);
      expect(distance(await explained(path))).toBeLessThan(1e-5);
    },
  );

  test.each(["embed", "reference"] as const)("from a written model (%s)", async (weights) => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, "nets"));
    const path = join(folder, "nets", "net.onnx");
    writeFileSync(path, whole);
    const out = join(folder, "out.onnx");
    const { compiled } = await writeExplanationModel(readModelFile(path), out, { pixels, weights });
    const { names } = compiled;
    const written = readFileSync(out);
    const kept = external(readModel(written));
    // Weights of a kilobyte and more that are initializers are referred to, and Constant nodes' that were left out.
    expect(kept.length > 0).toBe(weights === "reference");
    for (const { storage } of kept) expect(storage).toMatchObject({ location: "nets/net.onnx" });
    if (weights === "embed") renameSync(path, join(folder, "gone"));
    const session = await runtime.InferenceSession.create(out, { logSeverityLevel: 4 });
    const results = await session.run({
      x: new runtime.Tensor("float32", picture, [1, 3, side, side]),
      [names.targets]: new runtime.Tensor("int64", BigInt64Array.of(7n), [1, 1]),
    });
    await session.release();
    expect(distance(results[names.relevance]?.data as Float32Array)).toBeLessThan(1e-5);
  });
});

test("a file that ends early, or is damaged, gives the sentence that reading all of it gives", async () => {
  const { path } = await saved();
  const damaged = new Uint8Array(whole);
  // The first dimension of the dense layer's weight, in front of its type (1), name and payload.
  const at = Buffer.from(damaged).indexOf(Uint8Array.of(8, 96, 8, 0x80, 36));
  expect(at).toBeGreaterThan(0);
  damaged[at + 1] = 95;
  const cuts = [10, 1000, 500_000, 2_000_000, whole.length - 200, whole.length - 30];
  for (const bytes of [damaged, ...cuts.map((length) => whole.slice(0, length))]) {
    writeFileSync(path, bytes);
    let sentence = "";
    try {
      readModel(bytes, `"${path}"`);
    } catch (error) {
      sentence = error instanceof Error ? error.message : "";
    }
    expect(sentence).not.toBe("");
    expect(() => readModelFile(path)).toThrow(expect.objectContaining({ kind: "model", message: sentence }));
  }
});

/** A varint that takes five bytes whatever its value. */
function wide(value: number): Uint8Array {
  return Uint8Array.from(
    [0, 1, 2, 3, 4],
    (i) => (Math.floor(value / 2 ** (7 * i)) % 128) + (i < 4 ? 128 : 0),
  );
}

test("a file of more than 2 GiB is read where the rest of it is small", async () => {
  const path = join(await temporaryFolder(), "huge.onnx");
  const length = 2 ** 31 + 4096;
  const columns = length / 4;
  const tensor = Buffer.from([8, 1, 8, ...wide(columns), 16, 1, 66, 1, 119, 74, ...wide(length)]);
  const after = Buffer.from([98, 3, 10, 1, 121]);
  const inner = tensor.length + length;
  const front = Buffer.from([8, 8, 58, ...wide(6 + inner + after.length), 42, ...wide(inner), ...tensor]);
  const file = openSync(path, "w");
  writeSync(file, front, 0, front.length, 0);
  writeSync(file, after, 0, after.length, front.length + length);
  ftruncateSync(file, front.length + length + after.length);
  closeSync(file);
  const { model, size } = readModelFile(path);
  expect(size).toBe(front.length + length + after.length);
  expect(model.graph.initializers.get("w")).toEqual({
    name: "w",
    type: "float32",
    dims: [1, columns],
    storage: { kind: "external", location: "huge.onnx", offset: front.length, length },
  });
  // A byte less, and it is no whole model; to say where it ends it would have to be read.
  truncateSync(path, size - 1);
  expect(() => readModelFile(path)).toThrow(/has 2\.0 GiB, and an ONNX file can have no more than 2/);
});
