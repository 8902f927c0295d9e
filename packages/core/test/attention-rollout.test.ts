/** Attention rollout against float64, from the outputs of the Softmax nodes alone. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { prepareExplanation } from "../src/prepare.ts";
import {
  attend,
  attention,
  attentionNetworks,
  block,
  built,
  embed,
  linear,
  norm,
  scaled,
  tokensFirst,
  width,
} from "./attention-networks.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { runForward } from "./oracle/forward.ts";
import { batchOf } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";

const images = pictures(3, 48, 5);

/** The mean of the heads of each layer, [L][L]; the heads are all axes before the last two. */
function layersOf(model: Model, image: Float32Array): number[][][] {
  const values = runForward(model, batchOf(model, [image]));
  return model.graph.nodes
    .filter(({ op }) => op === "Softmax")
    .map(({ outputs: [name = ""] }) => {
      const { data, dims } = values.get(name) ?? { data: [], dims: [] };
      const count = dims.at(-1) ?? 0;
      const heads = data.length / count ** 2;
      return square(count, (i, j) =>
        Array.from({ length: heads }, (_, h) => (data[(h * count + i) * count + j] ?? 0) / heads).reduce(
          (a, b) => a + b,
        ),
      );
    });
}

const square = (count: number, at: (i: number, j: number) => number): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: count }, (__, j) => at(i, j)));

/** The whole matrix, layer by layer, and the mean of the rows that are read. @returns without the tokens before the patches */
function rollout(model: Model, image: Float32Array, read: readonly number[], before: number): Float64Array {
  const product = layersOf(model, image).reduce<number[][] | undefined>((below, a) => {
    const mixed = square(a.length, (i, j) => ((a[i]?.[j] ?? 0) + (i === j ? 1 : 0)) / 2);
    if (below === undefined) return mixed;
    return square(a.length, (i, j) =>
      a.reduce((sum, _, k) => sum + (mixed[i]?.[k] ?? 0) * (below[k]?.[j] ?? 0), 0),
    );
  }, undefined);
  const map = (product?.[0] ?? []).map(
    (_, j) => read.reduce((sum, row) => sum + (product?.[row]?.[j] ?? 0), 0) / read.length,
  );
  return enlarged(Float64Array.from(map.slice(before)), [2, 2], [4, 4], "centres");
}

/** Patches alone, without a class token; `head` makes the scores. */
function patchesAlone(head: (g: Network, x: string) => string): Model {
  const g = network({ input: ["N", 3, 4, 4], seed: 11 });
  const rows = g.add("Reshape", [
    g.conv(g.image, [width, 3, 2, 2], { strides: [2, 2] }),
    g.ints([0, width, -1]),
  ]);
  let x = g.add("Transpose", [rows], { perm: [0, 2, 1] });
  for (let i = 0; i < 2; i += 1) x = g.add("Add", [x, single(g, norm(g, x))]);
  return g.model(head(g, x));
}

/** One head. */
function single(g: Network, x: string): string {
  const [q = "", k = "", v = ""] = [0, 1, 2].map(() => linear(g, x, width, width));
  return attend(g, q, g.add("Transpose", [k], { perm: [0, 2, 1] }), v);
}

/** The same from the other side: V^T A^T. */
function fromTheRight(g: Network, x: string): string {
  const [q = "", k = "", v = ""] = [0, 1, 2].map(() => linear(g, x, width, width));
  const weights = g.add(
    "Softmax",
    [scaled(g, g.add("MatMul", [q, g.add("Transpose", [k], { perm: [0, 2, 1] })]))],
    {
      axis: -1,
    },
  );
  const turned = (value: string) => g.add("Transpose", [value], { perm: [0, 2, 1] });
  return turned(g.add("MatMul", [turned(v), turned(weights)]));
}

/** A head that reads the first two tokens, as where a network was distilled. */
function twoRead(): Model {
  const g = network({ input: ["N", 3, 4, 4], seed: 12 });
  const x = norm(g, block(attention)(g, embed(g)));
  const scores = [0, 1].map((token) =>
    g.dense(g.add("Gather", [x, g.ints([token], [])], { axis: 1 }), width, 4),
  );
  return g.model(g.add("Add", scores));
}

const mean = (g: Network, x: string) =>
  g.dense(g.add("ReduceMean", [x], { axes: [1], keepdims: 0 }), width, 4);

const cases: Readonly<Record<string, readonly [Model, readonly number[], number]>> = {
  "batch first": [built(attention, 2), [0], 1],
  "tokens first, heads in one axis with the batch": [built(tokensFirst, 3), [0], 1],
  Einsum: [attentionNetworks.Einsum, [0], 1],
  "weights on the right": [built(fromTheRight, 2), [0], 1],
  "a class token and another": [twoRead(), [0, 1], 1],
  "no class token, a mean": [patchesAlone(mean), [0, 1, 2, 3], 0],
  "the mean of some tokens": [
    patchesAlone((g, x) => mean(g, g.add("Slice", [x, g.ints([1]), g.ints([-1]), g.ints([1])]))),
    [1, 2],
    0,
  ],
  "the first half of tokens": [
    patchesAlone((g, x) => mean(g, g.addMany("Split", [x, g.ints([2, 2])], 2, { axis: 1 })[0] ?? "")),
    [0, 1],
    0,
  ],
};

describe.each(Object.entries(cases))("%s", (_, [model, read, before]) => {
  test("is the product of all layers, the same for every class", async () => {
    const results = await explainOnce(
      model,
      images,
      images.map(() => [0, 3]),
      { method: "attention-rollout" },
    );
    for (const [n, image] of images.entries()) {
      const expected = rollout(model, image, read, before);
      for (const k of [0, 1])
        expect.soft(mapOf(results, n, k), `picture ${n}, target ${k}`).toBeNear(expected, 1e-5);
    }
  });
});

test("a number of targets that is known beforehand changes nothing, and pictures may come one by one", async () => {
  const model = built(tokensFirst, 2);
  const targets = images.map(() => [1, 2, -1]);
  const method = "attention-rollout";
  const together = await explainOnce(model, images, targets, { method });
  const alone = await explainOnce(model, images, targets, { method, batchSize: 1, targetCount: 3 });
  for (const n of [0, 1, 2]) expect(mapOf(alone, n, 2)).toBeNear(mapOf(together, n, 2), 1e-6);
});

test("there is nothing to contrast it with", async () => {
  const asked = explainerFor(attentionNetworks.Einsum, { method: "attention-rollout", contrast: true });
  await expect(asked).rejects.toMatchObject({ kind: "usage", subject: { option: "against" } });
});

describe("refused, in a sentence", () => {
  const refusal = async (model: Model) =>
    expect(explainerFor(model, { method: "attention-rollout" }))
      .rejects.toMatchObject({ kind: "unsupported" })
      .then(() =>
        explainerFor(model, { method: "attention-rollout" }).catch(({ message }: Error) => message),
      );

  test.each<[string, Model, RegExp]>([
    [
      "no attention",
      built((g, x) => linear(g, x, width, width)),
      /there is no attention whose weights a Softmax makes/,
    ],
    [
      "attention without a Softmax",
      attentionNetworks["linear attention"],
      /no attention whose weights a Softmax makes/,
    ],
    ["windows", patchesInWindows(), /2 tokens of .*MatMul.* are no grid of patches of the whole input/],
    ["a query of its own", oneQuery(), /lets 1 tokens attend to 4, and the first layer has 4/],
  ])("%s", async (_, model, message) => {
    expect(await refusal(model)).toMatch(message);
  });

  /** Each row of patches attends to itself. */
  function patchesInWindows(): Model {
    const g = network({ input: ["N", 3, 4, 4], seed: 13 });
    const patches = g.conv(g.image, [width, 3, 2, 2], { strides: [2, 2] });
    const windows = g.add("Reshape", [
      g.add("Transpose", [patches], { perm: [0, 2, 3, 1] }),
      g.ints([-1, 2, width]),
    ]);
    const x = g.add("Add", [windows, single(g, norm(g, windows))]);
    return g.model(mean(g, g.add("Reshape", [x, g.ints([-1, 4, width])])));
  }

  /** What reads the tokens at the end is attention, too. */
  function oneQuery(): Model {
    return patchesAlone((g, x) => {
      const keys = g.add("Transpose", [linear(g, x, width, width)], { perm: [0, 2, 1] });
      const start = g.add("ReduceMean", [x], { axes: [1], keepdims: 1 });
      return g.dense(g.flatten(attend(g, start, keys, x)), width, 4);
    });
  }
});

test("operations without a derivative do not matter", async () => {
  const g = network({ input: ["N", 3, 4, 4], seed: 14 });
  const half = g.add("Trilu", [g.image]);
  const rows = g.add("Reshape", [
    g.conv(half, [width, 3, 2, 2], { strides: [2, 2] }),
    g.ints([0, width, -1]),
  ]);
  const x = g.add("Transpose", [rows], { perm: [0, 2, 1] });
  const model = g.model(mean(g, g.add("Add", [x, single(g, norm(g, x))])));
  await expect(explainerFor(model, { method: "gradient" })).rejects.toMatchObject({ kind: "unsupported" });
  const map = mapOf(await explainOnce(model, images.slice(0, 1), [[1]], { method: "attention-rollout" }));
  // Rows of attention sum to 1, and half of a patch stays in itself; enlarging keeps the mean.
  expect(map.reduce((sum, value) => sum + value, 0) / map.length).toBeCloseTo(1 / 4, 5);
});

test("it compiles to a model of one channel", async () => {
  const { compiled } = await prepareExplanation(attentionNetworks["two blocks"], ort, {
    method: "attention-rollout",
  });
  expect(compiled.map.channels).toBe(1);
  expect(compiled.model.graph.nodes.filter(({ op }) => op === "Softmax")).toHaveLength(2);
});
