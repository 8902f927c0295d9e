/** The cascade: which layers, in which order, and what is drawn. */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openScorer } from "@onnx-lrp/core";
import { createRandom } from "@onnx-lrp/core/internal";
import { readModelFile } from "@onnx-lrp/node";
import { openSession, runtime } from "@onnx-lrp/node/internal";
import {
  type Attribute,
  type DataType,
  floatTensor,
  type Model,
  type Node,
  type Tensor,
  tensorNumbers,
  writeModel,
} from "@onnx-lrp/onnx-loader";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cascade, cascadeLayers } from "../src/internal.ts";
import { halfBits, redrawn } from "../src/randomization/redraw.ts";
import { weightLayers } from "../src/randomization/weight-layers.ts";

function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return {
    op,
    domain: "",
    name: `${op}:${output}`,
    inputs,
    outputs: [output],
    attributes: new Map(Object.entries(attributes)),
  };
}

function numbers(name: string, dims: readonly number[], seed: number): Tensor {
  const random = createRandom(seed);
  const count = dims.reduce((a, b) => a * b, 1);
  return floatTensor(
    name,
    dims,
    Array.from({ length: count }, () => 0.1 + 0.5 * random.normal()),
  );
}

/** 1 x 3 x 6 x 6 to 5 classes: convolution; a transposed weight, its bias added after; a constant; the second weight once more. */
function network(change: (tensor: Tensor) => Tensor = (tensor) => tensor): Model {
  const tensors = [
    numbers("kernel", [4, 3, 3, 3], 1),
    numbers("shift", [4], 2),
    numbers("turned", [8, 64], 3),
    numbers("added", [8], 4),
    numbers("square", [8, 8], 5),
  ].map(change);
  return {
    irVersion: 8,
    opsets: { "": 17 },
    producer: "",
    producerVersion: "",
    metadata: {},
    functions: [],
    carried: [],
    graph: {
      name: "g",
      nodes: [
        node("Conv", ["image", "kernel", "shift"], "a"),
        node("Relu", ["a"], "b"),
        node("Flatten", ["b"], "c"),
        node("Transpose", ["turned"], "weight"),
        node("MatMul", ["c", "weight"], "d"),
        node("Add", ["d", "added"], "e"),
        node("MatMul", ["e", "square"], "f"),
        node("MatMul", ["f", "square"], "g"),
        node("Constant", [], "last", { value: { kind: "tensor", value: change(numbers("", [8, 5], 6)) } }),
        node("Gemm", ["g", "last"], "logits"),
        node("Gemm", ["d", "last"], "beside"),
      ],
      initializers: new Map(tensors.map((tensor) => [tensor.name, tensor])),
      inputs: [{ name: "image", type: { type: "float32", dims: ["N", 3, 6, 6] } }],
      outputs: [{ name: "logits", type: { type: "float32", dims: ["N", 5] } }],
      valueInfo: [],
      overridable: new Set(),
      carried: [],
    },
  };
}

/** Every tensor of weights by name. */
function weights({ graph }: Model): Map<string, number[]> {
  const found = new Map([...graph.initializers].map(([name, tensor]) => [name, tensorNumbers(tensor)]));
  for (const { op, outputs, attributes } of graph.nodes) {
    const value = attributes.get("value");
    if (op === "Constant" && value?.kind === "tensor")
      found.set(outputs[0] ?? "", tensorNumbers(value.value));
  }
  return found;
}

function changed(before: Model, after: Model): string[] {
  const now = weights(after);
  return [...weights(before)]
    .filter(([name, values]) => String(now.get(name)) !== String(values))
    .map(([name]) => name);
}

describe("layers", () => {
  test("from the logits down, each tensor once, and none that does not lead to the output", () => {
    const layers = weightLayers(network());
    expect(layers.map(({ name, tensors }) => [name, [...tensors.keys()]])).toEqual([
      ["Gemm:logits", ["last"]],
      ["MatMul:g", ["square"]],
      ["MatMul:d", ["turned"]],
      ["Conv:a", ["kernel", "shift"]],
    ]);
    expect(cascadeLayers(network())).toEqual(layers.map(({ name }) => name));
  });

  test("an unknown output, and a network without weights", () => {
    expect(() => weightLayers(network(), "scores")).toThrow(/no output "scores"\. It has: "logits"/);
    const model = network();
    const bare = { ...model, graph: { ...model.graph, nodes: [node("Flatten", ["image"], "logits")] } };
    expect(() => [...cascade(bare, { seed: 1 })]).toThrow(/nothing to randomize/);
  });
});

describe("cascade", () => {
  test("draws one layer more each time", () => {
    const steps = [...cascade(network(), { seed: 1 })];
    expect(steps.map(({ model }) => changed(network(), model).sort())).toEqual([
      ["last"],
      ["last", "square"],
      ["last", "square", "turned"],
      ["kernel", "last", "shift", "square", "turned"],
    ]);
    // What was drawn stays.
    const [first, ...later] = steps.map(({ model }) => String(weights(model).get("last")));
    for (const one of later) expect(one).toBe(first);
  });

  test("depends on the seed alone, and leaves the network as it was", () => {
    const model = network();
    const last = (seed: number) => [...cascade(model, { seed })].at(-1)?.model ?? model;
    expect(changed(last(1), last(1))).toEqual([]);
    expect(changed(last(1), last(2)).length).toBe(5);
    expect(changed(model, network())).toEqual([]);
  });

  test("the models run, and each answers otherwise", async () => {
    const picture = Float32Array.from({ length: 108 }, (_, i) => Math.sin(i));
    const answers = new Set<string>();
    for (const model of [network(), ...[...cascade(network(), { seed: 3 })].map((step) => step.model)]) {
      const box = await openScorer(runtime, writeModel(model));
      const [scores] = await box.score([picture]);
      answers.add(String(scores?.logits));
      await box.release();
    }
    expect(answers.size).toBe(5);
  });

  test("a bias that a Constant node lists as numbers is drawn like others", async () => {
    const model = network();
    const shift = model.graph.initializers.get("shift");
    if (shift === undefined) throw new Error("the bias is missing");
    const listed = node("Constant", [], "shift", {
      value_floats: { kind: "floats", value: tensorNumbers(shift) },
    });
    const initializers = new Map([...model.graph.initializers].filter(([name]) => name !== "shift"));
    const graph = { ...model.graph, initializers, nodes: [listed, ...model.graph.nodes] };
    const last = (one: Model) => [...cascade(one, { seed: 1 })].at(-1)?.model ?? one;
    expect(weights(last({ ...model, graph }))).toEqual(weights(last(model)));
    const box = await openScorer(runtime, writeModel(last({ ...model, graph })));
    await box.release();
  });

  test("weights in another file are fetched, and are drawn as if they lay inside", () => {
    const kept = new Map<string, Uint8Array>();
    const outside = network((tensor) => {
      if (tensor.storage.kind !== "raw") throw new Error("raw");
      kept.set(tensor.name, tensor.storage.bytes);
      const length = tensor.storage.bytes.length;
      return { ...tensor, storage: { kind: "external", location: "weights", offset: 0, length } };
    });
    const read = ({ name }: Tensor) => kept.get(name) ?? new Uint8Array();
    const [inside, fetched] = [
      [...cascade(network(), { seed: 1 })].at(-1)?.model,
      [...cascade(outside, { seed: 1, read })].at(-1)?.model,
    ];
    for (const name of ["kernel", "shift", "square", "turned"]) {
      const [a, b] = [inside, fetched].map((model) => model?.graph.initializers.get(name));
      expect(a?.storage).toEqual(b?.storage);
    }
    expect(() => [...cascade(outside, { seed: 1 })]).toThrow(/are in another file/);
  });

  test("a shipped network, whose weights stay in their file", async () => {
    const path = fileURLToPath(new URL("../../../models/networks/resnet.onnx", import.meta.url));
    const file = readModelFile(path);
    const read = ({ storage }: Tensor) => {
      if (storage.kind !== "external") throw new Error("external");
      const bytes = new Uint8Array(storage.length);
      const descriptor = openSync(join(file.folder, storage.location), "r");
      readSync(descriptor, bytes, 0, storage.length, storage.offset);
      closeSync(descriptor);
      return bytes;
    };
    const names = cascadeLayers(file.model);
    expect(names.length).toBeGreaterThan(10);
    let steps = 0;
    for (const { layer, model } of cascade(file.model, { seed: 1, read })) {
      expect(layer).toBe(names[steps]);
      steps += 1;
      if (steps !== 1 && steps !== names.length) continue;
      const box = await openScorer(runtime, model, { openSession: (own) => openSession(own, file) });
      const { channels, height, width } = box.image;
      const [scores] = await box.score([new Float32Array(channels * height * width).fill(0.5)]);
      expect(scores?.logits.length).toBe(box.head.classes);
      await box.release();
    }
    expect(steps).toBe(names.length);
  });
});

describe("drawing", () => {
  const moments = (values: readonly number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return {
      mean,
      deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
    };
  };

  test("keeps mean and standard deviation", () => {
    const before = floatTensor(
      "w",
      [100, 100],
      Array.from({ length: 10_000 }, (_, i) => 2 + 3 * Math.sin(i)),
    );
    const [was, is] = [before, redrawn(before, createRandom(1))].map((tensor) =>
      moments(tensorNumbers(tensor)),
    );
    expect(is?.mean).toBeCloseTo(was?.mean ?? Number.NaN, 0);
    expect((is?.deviation ?? 0) / (was?.deviation ?? 1)).toBeCloseTo(1, 1);
  });

  test("of equal values nothing is left to draw", () => {
    expect(tensorNumbers(redrawn(floatTensor("w", [3], [2, 2, 2]), createRandom(1)))).toEqual([2, 2, 2]);
    expect(tensorNumbers(redrawn(floatTensor("w", [0], []), createRandom(1)))).toEqual([]);
  });

  test.each<[DataType, Float64Array | Int8Array | Uint8Array | Int32Array | Uint16Array]>([
    ["float64", Float64Array.from({ length: 500 }, (_, i) => Math.sin(i))],
    ["int8", Int8Array.from({ length: 500 }, (_, i) => 100 * Math.sin(i))],
    ["uint8", Uint8Array.from({ length: 500 }, (_, i) => 128 + 100 * Math.sin(i))],
    ["int32", Int32Array.from({ length: 500 }, (_, i) => 1e6 * Math.sin(i))],
    ["float16", Uint16Array.from({ length: 500 }, (_, i) => halfBits(Math.sin(i)))],
    ["bfloat16", Uint16Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? 0x3f80 : 0xbf80))],
  ])("%s keeps its type, its size, mean and deviation", (type, array) => {
    const bytes = new Uint8Array(array.buffer);
    const before: Tensor = { name: "w", type, dims: [500], storage: { kind: "raw", bytes } };
    const after = redrawn(before, createRandom(2));
    expect({ ...after, storage: undefined }).toEqual({ ...before, storage: undefined });
    const [was, is] = [before, after].map((tensor) => moments(tensorNumbers(tensor)));
    const deviation = was?.deviation ?? Number.NaN;
    expect(Math.abs((is?.mean ?? 0) - (was?.mean ?? 0))).toBeLessThan(0.2 * deviation);
    expect((is?.deviation ?? 0) / deviation).toBeGreaterThan(0.85);
    expect((is?.deviation ?? 0) / deviation).toBeLessThan(1.15);
  });

  test("half precision: every number is its own nearest, and others fall on a neighbour", () => {
    const value = (bits: number) =>
      tensorNumbers({
        name: "h",
        type: "float16",
        dims: [1],
        storage: { kind: "raw", bytes: new Uint8Array(Uint16Array.of(bits).buffer) },
      })[0] ?? Number.NaN;
    const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);
    expect(finite.filter((bits) => halfBits(value(bits)) !== bits)).toEqual([]);
    expect(finite.filter((bits) => halfBits(-value(bits)) !== (bits | 0x8000))).toEqual([]);
    fc.assert(
      fc.property(fc.double({ min: -65_504, max: 65_504, noNaN: true }), (x) => {
        const bits = halfBits(x);
        const [own, below, above] = [bits, bits - 1, bits + 1].map((near) => Math.abs(value(near) - x));
        expect(own).toBeLessThanOrEqual((bits & 0x7fff) > 0 ? (below ?? 0) : Number.POSITIVE_INFINITY);
        expect(own).toBeLessThanOrEqual((bits & 0x7fff) < 0x7bff ? (above ?? 0) : Number.POSITIVE_INFINITY);
      }),
    );
  });
});
