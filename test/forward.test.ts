/**
 * What all passes together leave of a network: its outputs, and the scores before a Softmax, stay what onnxruntime gives
 * for the untouched file. Public networks are skipped where ../shared is missing.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalize } from "@onnx-lrp/core/internal";
import { type ModelFile, readModelFile } from "@onnx-lrp/node";
import { openSession, runtime } from "@onnx-lrp/node/internal";
import {
  type Attribute,
  floatTensor,
  intValue as int,
  type Model,
  type Node,
  readModel,
  tensorNumbers,
  type ValueInfo,
} from "@onnx-lrp/onnx-loader";
import { dataTypeCode } from "@onnx-lrp/onnx-loader/internal";
import { graphOf, modelOf, node } from "@onnx-lrp/test-kit/model";
import { describe, expect, test } from "vitest";
import { call, withFunctions } from "../packages/onnx-loader/test/functions.ts";
import { run } from "../packages/onnx-loader/test/shared.ts";
import { hasShared, shared } from "./golden-cases.ts";
import { relativeDifference } from "./numbers.ts";

const networks = fileURLToPath(new URL("../models/networks", import.meta.url));

function listed(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".onnx"))
    .map((name) => join(folder, name));
}

const own = listed(networks);
const others = ["models", "models/light", "models/small"].flatMap((part) => listed(join(shared, part)));

/** How far the outputs may be from those of the untouched file: relative, by what the file's name says of its numbers. */
function allowed(path: string): number {
  if (path.includes("qdq")) return 0.25;
  return path.includes("fp16") ? 0.01 : 1e-4;
}

/** The model with the values that go into a last Softmax as outputs too: after it little can be told apart. */
function withScores(model: Model): Model {
  const { graph } = model;
  const ends = new Set(graph.outputs.map(({ name }) => name));
  const scores = graph.nodes
    .filter(({ op, outputs }) => op === "Softmax" && ends.has(outputs[0] ?? ""))
    .map(({ inputs }) => output(inputs[0] ?? ""));
  return { ...model, graph: { ...graph, outputs: [...graph.outputs, ...scores] } };
}

const output = (name: string): ValueInfo => ({ name, type: undefined });

/** A network of half precision behind casts, since its own numbers do not come through everywhere. */
function withFloatEnds(model: Model): Model {
  const { graph } = model;
  const isHalf = ({ type }: ValueInfo) => type?.type === "float16";
  if (!graph.inputs.some(isHalf)) return model;
  const cast = (from: string, to: string, type: "float16" | "float32"): Node => ({
    op: "Cast",
    domain: "",
    name: to,
    inputs: [from],
    outputs: [to],
    attributes: new Map([["to", int(dataTypeCode(type))]]),
  });
  const starts = graph.inputs.filter(isHalf).map(({ name }) => cast(`${name}/fed`, name, "float16"));
  const ends = graph.outputs.map(({ name }) => cast(name, `${name}/float`, "float32"));
  const inputs = graph.inputs.map((input) =>
    input.type === undefined || !isHalf(input)
      ? input
      : { name: `${input.name}/fed`, type: { ...input.type, type: "float32" as const } },
  );
  const outputs = graph.outputs.map(({ name }) => output(`${name}/float`));
  return { ...model, graph: { ...graph, nodes: [...starts, ...graph.nodes, ...ends], inputs, outputs } };
}

/** A picture of waves, the same on every machine. */
function waves(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 1.5 * Math.sin(i * 0.37) * Math.cos(i * 0.0113));
}

/** 0, 1/n, 2/n, ... */
const ramp: Picture = (length) => Float32Array.from({ length }, (_, i) => i / length);

type Feeds = Readonly<Record<string, InstanceType<typeof runtime.Tensor>>>;

type Outputs = ReadonlyMap<string, readonly number[]>;

async function outputsOf(model: Model, file: ModelFile, runs: readonly Feeds[]): Promise<Outputs[]> {
  const session = await openSession(model, file);
  try {
    const outputs: Outputs[] = [];
    for (const feeds of runs) {
      const results = Object.entries(await session.run(feeds));
      outputs.push(
        new Map(results.map(([name, { data }]) => [name.replace(/\/float$/, ""), Array.from(data, Number)])),
      );
    }
    return outputs;
  } finally {
    await session.release();
  }
}

/** The numbers of a tensor in a .pb file, as ONNX's own tests keep them: read as the only weight of a model. */
function tensorFile(path: string): number[] {
  const field = (number: number, content: Uint8Array): Buffer => {
    const header = [number * 8 + 2];
    let size = content.length;
    for (; size > 127; size >>= 7) header.push((size & 127) | 128);
    return Buffer.concat([Uint8Array.from([...header, size]), content]);
  };
  const named = field(1, new TextEncoder().encode("y"));
  const graph = Buffer.concat([field(5, readFileSync(path)), field(12, named)]);
  const [tensor] = readModel(field(7, graph)).graph.initializers.values();
  return tensor === undefined ? [] : tensorNumbers(tensor);
}

/** A picture, by its number of elements. */
type Picture = (length: number) => Float32Array;

/** Both networks' outputs by name, for each picture; two of it where the network takes any number. */
async function both(path: string, pictures: readonly Picture[] = [waves]) {
  const file = readModelFile(path);
  const canonical = await canonicalize(file.model, runtime);
  const { name, dims, batch } = canonical.image;
  const count = typeof batch === "number" ? batch : 2;
  const sizes = dims.map((size) => (typeof size === "number" ? size : size.times * count));
  const length = sizes.reduce((product, size) => product * size, 1);
  const tensors = pictures.map((picture) => new runtime.Tensor("float32", picture(length), sizes));
  const model = withScores(file.model);
  const untouched = withFloatEnds(model);
  const [fed = name] = untouched.graph.inputs.map((input) => input.name);
  const graph = { ...canonical.model.graph, outputs: model.graph.outputs.map((one) => output(one.name)) };
  return {
    canonical,
    before: await outputsOf(
      untouched,
      file,
      tensors.map((tensor) => ({ [fed]: tensor })),
    ),
    after: await outputsOf(
      { ...canonical.model, graph },
      file,
      tensors.map((tensor) => ({ [name]: tensor })),
    ),
  };
}

/** @returns what the network makes of each picture once all passes are through */
async function check(path: string, pictures?: readonly Picture[]): Promise<readonly Outputs[]> {
  const { canonical, before, after } = await both(path, pictures);
  expect(canonical.dequantized).toBe(path.includes("qdq"));
  for (const [i, outputs] of before.entries()) {
    const made = after[i] ?? new Map();
    expect([...made.keys()]).toEqual([...outputs.keys()]);
    for (const [name, wanted] of outputs) {
      expect(relativeDifference(made.get(name) ?? [], wanted), name).toBeLessThan(allowed(path));
    }
  }
  return after;
}

test("a network of functions of its own, with branches inside, in an older opset, keeps its outputs", async () => {
  const choice = (name: string, op: string): Attribute => ({
    kind: "graph",
    value: graphOf({ nodes: [node(op, ["sum", "sum"], [name])], inputs: [], outputs: [output(name)] }),
  });
  const block = {
    name: "block",
    inputs: ["x", "w"],
    outputs: ["y"],
    attributes: ["squared"],
    opsets: { "": 13 },
    nodes: [
      node("Conv", ["x", "w"], ["sum"]),
      node("Constant", [], ["flag"], { value_int: { kind: "reference", value: "squared" } }),
      node("Cast", ["flag"], ["yes"], { to: int(dataTypeCode("bool")) }),
      node("If", ["yes"], ["y"], { then_branch: choice("a", "Mul"), else_branch: choice("b", "Add") }),
    ],
  };
  const plain = modelOf({
    opset: 13,
    nodes: [
      call("block", ["x", "v"], ["first"], { squared: int(1) }),
      call("block", ["first", "w"], ["second"], { squared: int(0) }),
      node("GlobalAveragePool", ["second"], ["pooled"]),
      node("Flatten", ["pooled"], ["y"]),
    ],
    inputs: [{ name: "x", type: { type: "float32", dims: ["N", 3, 8, 8] } }],
    outputs: [output("y")],
    initializers: [floatTensor("v", [4, 3, 3, 3], waves(108)), floatTensor("w", [5, 4, 3, 3], waves(180))],
  });
  const model = withFunctions(plain, [block]);
  const canonical = await canonicalize(model, runtime);
  expect(canonical.model.graph.nodes.map(({ op }) => op)).toEqual([
    "Conv",
    "Mul",
    "Conv",
    "Add",
    "GlobalAveragePool",
    "Flatten",
  ]);
  expect(canonical.notes.join(" ")).toMatch(/\(block\) is inlined.*2 If nodes/);
  const feeds = { x: new runtime.Tensor("float32", waves(384), [2, 3, 8, 8]) };
  const before = (await run(model, feeds)).y?.data;
  const after = (await run(canonical.model, feeds)).y?.data;
  expect(relativeDifference(Array.from(after ?? [], Number), Array.from(before ?? [], Number))).toBeLessThan(
    1e-6,
  );
});

describe("the networks that ship keep their outputs", () => {
  test.each(own.map((path) => [basename(path), path] as const))("%s", async (_, path) => {
    await check(path);
  });
});

describe.skipIf(!hasShared)("public networks keep their outputs (skipped where ../shared is missing)", () => {
  test.each(others.map((path) => [basename(path), path] as const))(
    "%s",
    async (_, path) => {
      if (!path.includes("light_")) {
        await check(path);
        return;
      }
      // ONNX's own light networks have the output for this picture beside them.
      const [, outputs = new Map<string, readonly number[]>()] = await check(path, [waves, ramp]);
      const wanted = tensorFile(path.replace(".onnx", "_output_0.pb"));
      const [made = []] = outputs.values();
      expect(relativeDifference(made, wanted)).toBeLessThan(1e-4);
    },
    120_000,
  );
});
