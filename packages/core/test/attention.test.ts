/** Networks with attention against the oracle: every rule of transformers, several pictures and targets, a batch that moves. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { type Composite, everywhere, inspectExplanation } from "../src/index.ts";
import { ruleTitle } from "../src/relevance-graph/rule-title.ts";
import { parseRuleFile } from "../src/rule-file.ts";
import { epsilon, gamma, type Rule, uniform, zplus } from "../src/rules/index.ts";
import { explainerWith } from "./engine.ts";
import { mixed } from "./mixed-seed.ts";
import type { TransformerRules } from "./oracle/attention.ts";
import { backward, oneHot } from "./oracle/backward.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { runForward } from "./oracle/forward.ts";
import { gradient } from "./oracle/gradient.ts";
import { batchOf, explain } from "./oracle/relevance.ts";
import * as oracle from "./oracle/rules.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

const [tokens, width, heads] = [5, 6, 2];

/** Tokens [N, L, E] of the picture: patches, a class token that is a constant, and a position embedding. */
function embed(g: Network): string {
  const patches = g.conv(g.image, [width, 3, 2, 2], { strides: [2, 2] });
  const rows = g.add("Transpose", [g.add("Reshape", [patches, g.ints([0, width, -1])])], { perm: [0, 2, 1] });
  const batch = g.add("Slice", [g.add("Shape", [rows]), g.ints([0]), g.ints([1])]);
  const shape = g.add("Concat", [batch, g.ints([1, width])], { axis: 0 });
  const token = g.add("Expand", [g.weights([1, 1, width]), shape]);
  return g.add("Add", [g.add("Concat", [token, rows], { axis: 1 }), g.weights([1, tokens, width])]);
}

function linear(g: Network, x: string, from: number, to: number): string {
  return g.add("Add", [g.add("MatMul", [x, g.weights([from, to])]), g.weights([to], -0.3, 0.3)]);
}

const norm = (g: Network, x: string) =>
  g.add("LayerNormalization", [x, g.weights([width], 0.5, 1.5), g.weights([width], -0.3, 0.3)], { axis: -1 });

const scaled = (g: Network, x: string) => g.add("Mul", [x, g.floats([0.7])]);

/** Of queries and keys [..., L, d] and [..., d, L]. */
const attend = (g: Network, q: string, k: string, v: string, change = (scores: string) => scores) =>
  g.add("MatMul", [g.add("Softmax", [change(scaled(g, g.add("MatMul", [q, k])))], { axis: -1 }), v]);

function classify(g: Network, x: string): Model {
  return g.model(g.dense(g.add("Gather", [norm(g, x), g.ints([0], [])], { axis: 1 }), width, 4));
}

/** Attention with the batch first; `change` is made to the scores. */
function attention(g: Network, x: string, change?: (scores: string) => string): string {
  const packed = linear(g, x, width, 3 * width);
  const split = g.add("Reshape", [packed, g.ints([0, tokens, 3, heads, -1])]);
  const parts = g.addMany(
    "Split",
    [g.add("Transpose", [split], { perm: [2, 0, 3, 1, 4] }), g.ints([1, 1, 1])],
    3,
  );
  const [q = "", k = "", v = ""] = parts.map((part) => g.add("Squeeze", [part, g.ints([0])]));
  const mixed = attend(g, q, g.add("Transpose", [k], { perm: [0, 1, 3, 2] }), v, change);
  const joined = g.add("Reshape", [
    g.add("Transpose", [mixed], { perm: [0, 2, 1, 3] }),
    g.ints([0, tokens, width]),
  ]);
  return linear(g, joined, width, width);
}

/** As torch.nn.MultiheadAttention is exported: tokens before the batch, heads in one axis with it. */
function tokensFirst(g: Network, x: string): string {
  const moved = g.add("Transpose", [x], { perm: [1, 0, 2] });
  const head = (value: string) =>
    g.add("Transpose", [g.add("Reshape", [value, g.ints([tokens, -1, width / heads])])], { perm: [1, 0, 2] });
  const [q = "", k = "", v = ""] = [0, 1, 2].map(() => head(linear(g, moved, width, width)));
  const mixed = attend(g, q, g.add("Transpose", [k], { perm: [0, 2, 1] }), v);
  const rows = g.add("Reshape", [g.add("Transpose", [mixed], { perm: [1, 0, 2] }), g.ints([-1, width])]);
  const out = g.add("Reshape", [g.dense(rows, width, width), g.ints([tokens, -1, width])]);
  return g.add("Transpose", [out], { perm: [1, 0, 2] });
}

function einsum(g: Network, x: string): string {
  const q = linear(g, x, width, width);
  const k = linear(g, x, width, width);
  const scores = g.add("Einsum", [q, k], { equation: "bid,bjd->bij" });
  const weights = g.add("Softmax", [scaled(g, scores)], { axis: -1 });
  return g.add("Einsum", [weights, linear(g, x, width, width)], { equation: "bij,bjd->bid" });
}

/** Two heads, whose weights a matrix mixes. */
const talkingHeads = (g: Network, x: string) =>
  attention(g, x, (scores) => {
    const last = g.add("Transpose", [scores], { perm: [0, 2, 3, 1] });
    return g.add("Transpose", [g.add("MatMul", [last, g.weights([heads, heads])])], { perm: [0, 3, 1, 2] });
  });

/** The last key is hidden, by -inf or a number that does the same. */
const masked = (hidden: number) => (g: Network, x: string) =>
  attention(g, x, (scores) => g.add("Add", [scores, g.floats([0, 0, 0, 0, hidden], [1, 1, 1, tokens])]));

/** No softmax: (K^T V) / L is what the queries read. */
function linearAttention(g: Network, x: string): string {
  const [q = "", k = "", v = ""] = [0, 1, 2].map(() => linear(g, x, width, width));
  const context = g.add("MatMul", [g.add("Transpose", [g.add("Tanh", [k])], { perm: [0, 2, 1] }), v]);
  return g.add("MatMul", [g.add("Tanh", [q]), scaled(g, context)]);
}

const block =
  (inner: (g: Network, x: string) => string) =>
  (g: Network, x: string): string => {
    const attended = g.add("Add", [x, inner(g, norm(g, x))]);
    const wide = g.add("Softplus", [linear(g, norm(g, attended), width, 8)]);
    return g.add("Add", [attended, linear(g, wide, 8, width)]);
  };

const built = (inner: (g: Network, x: string) => string, blocks = 1): Model => {
  const g = network({ input: ["N", 3, 4, 4], seed: 7 });
  let x = embed(g);
  for (let i = 0; i < blocks; i += 1) x = block(inner)(g, x);
  return classify(g, x);
};

const models = {
  "batch first": built(attention),
  "tokens first": built(tokensFirst),
  Einsum: built(einsum),
  "talking heads": built(talkingHeads),
  "a mask of -inf": built(masked(Number.NEGATIVE_INFINITY)),
  "linear attention": built(linearAttention),
  "two blocks": built(tokensFirst, 2),
};

/** Which model the oracle runs, where it is another: it finds matrices by differences, and -inf less -inf is no number. */
const asOracleTakesIt = new Map([[models["a mask of -inf"], built(masked(-1e4))]]);

interface Case {
  readonly engine: Composite;
  readonly rule: oracle.Rule;
  readonly first?: oracle.Rule;
  readonly dense?: oracle.Rule;
  readonly transformer: TransformerRules;
}

const stabilizer = 0.01;
const [eps, own] = [epsilon(stabilizer), oracle.epsilon(stabilizer)];
const composite = (rule: Rule, change: Partial<Record<string, Rule>> = {}): Composite => ({
  kind: "rules",
  name: "test",
  rules: { ...everywhere(rule), ...change },
});

const cases: Readonly<Record<string, Case>> = {
  "value, pass": { engine: composite(eps), rule: own, transformer: { attention: own } },
  "value, linear": {
    engine: composite(eps, { normalization: eps, shift: eps }),
    rule: own,
    transformer: { attention: own, normalization: own, shift: own },
  },
  "uniform, linear": {
    engine: composite(eps, { normalization: eps, shift: eps, attention: uniform(stabilizer) }),
    rule: own,
    transformer: { attention: "uniform", normalization: own, shift: own, epsilon: stabilizer },
  },
  "zplus for values": {
    engine: composite(zplus),
    rule: oracle.zplus,
    transformer: { attention: oracle.zplus },
  },
  transformer: {
    engine: composite(eps, {
      first: gamma(100),
      dense: gamma(0.05),
      normalization: eps,
      shift: eps,
    }),
    rule: own,
    first: oracle.gamma(100),
    dense: oracle.gamma(0.05),
    transformer: { attention: own, normalization: own, shift: own },
  },
};

const images = pictures(3, 48, 5);
const targets = [1, 0, 2];

describe.each(Object.entries(models))("%s", (_, model) => {
  const same = asOracleTakesIt.get(model) ?? model;

  test.each(Object.entries(cases))("%s", async (__, { engine, rule, first, dense, transformer }) => {
    const made = explainerWith(model, engine, mixed.engine);
    const results = await withExplainer(made, (explainer) =>
      explainer.explain(
        images,
        images.map(() => targets),
      ),
    );
    const how = {
      seed: mixed.oracle,
      composite: { first: first ?? rule, conv: rule, dense: dense ?? rule, other: rule },
      transformer,
    };
    for (const [n, k] of [
      [0, 0],
      [1, 2],
    ] as const) {
      const { maps } = explain(same, images.slice(n, n + 1), targets.slice(k, k + 1), how);
      expect.soft(mapOf(results, n, k), `picture ${n}, target ${k}`).toBeNear(maps[0] ?? [], 3e-5);
    }
  });

  test("gradient", async () => {
    const results = await explainOnce(
      model,
      images.slice(0, 2),
      [
        [0, 2],
        [1, 2],
      ],
      {
        method: "sglrp",
        composite: "gradient",
      },
    );
    const expected = gradient(same, images[1] ?? [], 2, seeds.sglrp);
    expect(mapOf(results, 1, 1)).toBeNear(expected, 2e-5);
  });
});

describe("conservation", () => {
  test.each(["tokens first", "batch first"] as const)("of each picture, %s", async (name) => {
    const options = { method: "lrp", composite: "attnlrp", conservation: true } as const;
    const together = await explainOnce(
      models[name],
      images,
      images.map(() => [2]),
      options,
    );
    for (const [n, image] of images.entries()) {
      const [alone] = await explainOnce(models[name], [image], [[2]], options);
      const rows = (of: typeof alone) =>
        (of?.conservation?.[0] ?? []).flatMap(({ relevanceIn, relevanceOut }) => [relevanceIn, relevanceOut]);
      expect(rows(together[n])).toBeNear(rows(alone), 1e-4);
      // A product of two signals conserves; a Softmax need not.
      const products = alone?.conservation?.[0]?.filter(({ op }) => op === "MatMul") ?? [];
      expect(products.length).toBeGreaterThan(1);
      for (const { relevanceIn, relevanceOut } of products) expect(relevanceOut).toBeCloseTo(relevanceIn, 4);
    }
  });
});

describe("class activation maps of tokens", () => {
  const [model, image] = [models["two blocks"], images[0] ?? new Float32Array()];
  const values = runForward(model, batchOf(model, [image]));
  const norms = model.graph.nodes.filter(({ op }) => op === "LayerNormalization").map(({ name }) => name);

  /** Gradient and activation of a token stream's 2 x 2 patches behind the class token, [patches][channels]. */
  function patches(layer: string, target: number) {
    const value = model.graph.nodes.find(({ name }) => name === layer)?.outputs[0] ?? "";
    const gradients = backward(model, values, oneHot(4, target)).get(value) ?? new Float64Array();
    const rows = (all: ArrayLike<number>) =>
      [1, 2, 3, 4].map((token) => Array.from(all).slice(token * width, (token + 1) * width));
    return { a: rows(values.get(value)?.data ?? []), g: rows(gradients) };
  }

  test("the default is the normalization before the last attention", async () => {
    const maps = await explainOnce(model, [image], [[2]], { method: "hirescam" });
    const { a, g } = patches(norms[2] ?? "", 2);
    const map = a.map((row, p) =>
      Math.max(
        0,
        row.reduce((sum, v, c) => sum + v * (g[p]?.[c] ?? 0), 0),
      ),
    );
    expect(mapOf(maps)).toBeNear(enlarged(Float64Array.from(map), [2, 2], [4, 4], "centres"), 5e-5);
  });

  test("a layer by name, with the class token left out of the mean", async () => {
    const layer = norms[1] ?? "";
    const maps = await explainOnce(model, [image], [[1]], { method: "grad-cam", layer });
    const { a, g } = patches(layer, 1);
    const weights = Array.from(
      { length: width },
      (_, c) => g.reduce((sum, row) => sum + (row[c] ?? 0), 0) / 4,
    );
    const map = a.map((row) =>
      Math.max(
        0,
        row.reduce((sum, v, c) => sum + v * (weights[c] ?? 0), 0),
      ),
    );
    expect(mapOf(maps)).toBeNear(enlarged(Float64Array.from(map), [2, 2], [4, 4], "centres"), 5e-5);
  });

  test.each(["score-cam", "layercam", "grad-cam++", "guided-grad-cam", "fullgrad"] as const)(
    "%s",
    async (method) => {
      const maps = await explainOnce(model, [image], [[1]], { method });
      expect(mapOf(maps).every(Number.isFinite)).toBe(true);
    },
  );

  test("layers behind the last attention are none: only the class token is read there", async () => {
    await expect(
      explainOnce(model, [image], [[1]], { method: "grad-cam", layer: norms[4] ?? "" }),
    ).rejects.toThrow("There is no layer");
  });
});

describe("the default composite", () => {
  test.each<[string, Model, string]>([
    ["with attention", models["batch first"], "transformer"],
    ["without", built((g, x) => linear(g, x, width, width)), "zplus-box"],
  ])("%s", async (_, model, name) => {
    const { record, notes } = await inspectExplanation(model, ort, { pixels });
    expect(record.composite).toBe(name);
    expect(notes.some((note) => note.includes("attention"))).toBe(name === "transformer");
  });

  test("a composite that was asked for stays", async () => {
    const { record } = await inspectExplanation(models["batch first"], ort, { composite: "epsilon-plus" });
    expect(record.composite).toBe("epsilon-plus");
  });
});

test("a normalization takes no rule that shares by parts of weights, which it does not have", async () => {
  const engine = composite(eps, { normalization: zplus });
  await expect(explainerWith(models["batch first"], engine, mixed.engine)).rejects.toThrow(
    /LayerNormalization .* zplus/,
  );
});

test("entries of a rules file set attention, normalizations and constants that are added", async () => {
  const rules = parseRuleFile(
    JSON.stringify({
      base: "epsilon",
      layers: [
        { role: "attention", rule: "uniform" },
        { role: ["normalization", "shift"], rule: "epsilon" },
      ],
    }),
    "rules.json",
  );
  const { graph } = await inspectExplanation(models["batch first"], ort, { rules });
  const titles = (op: string) => new Set(graph.nodes.filter(({ node }) => node.op === op).map(ruleTitle));
  expect(titles("Softmax")).toEqual(new Set(["uniform(0.000001)"]));
  expect(titles("LayerNormalization")).toEqual(new Set(["epsilon(0.000001)"]));
});
