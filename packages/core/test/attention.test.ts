/** Networks with attention against the oracle: every rule of transformers, several pictures and targets, a batch that moves. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { type Composite, everywhere, inspectExplanation } from "../src/index.ts";
import { ruleTitle } from "../src/relevance-graph/rule-title.ts";
import { parseRuleFile } from "../src/rule-file.ts";
import { epsilon, gamma, type Rule, uniform, zplus } from "../src/rules/index.ts";
import { built, linear, masked, attentionNetworks as models, width } from "./attention-networks.ts";
import { total } from "./compare.ts";
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

  test.each(["attnlrp", "cp-lrp"] as const)(
    "two blocks under %s lose relevance to biases, constants and Softmax alone, which the report shows",
    async (composite) => {
      const options = { method: "lrp", composite, conservation: true } as const;
      const results = await explainOnce(
        models["two blocks"],
        images,
        images.map(() => [1]),
        options,
      );
      for (const { explanations, conservation: [report = []] = [], logits } of results) {
        const sum = (number: (row: (typeof report)[number]) => number, rows = report) =>
          rows.reduce((all, row) => all + number(row), 0);
        const kept = (row: (typeof report)[number]) => row.bias + row.constants + row.stabilizer;
        const size = sum((row) => Math.abs(row.relevanceIn)) / report.length;
        const normalized = report.filter(({ op }) => op === "Softmax");
        expect(normalized).toHaveLength(composite === "attnlrp" ? 2 : 0);
        for (const row of report.filter(({ op }) => op !== "Softmax"))
          expect
            .soft(Math.abs(row.relevanceIn - row.relevanceOut - kept(row)), row.node)
            .toBeLessThan(1e-4 * size);
        const logit = logits[1] ?? Number.NaN;
        expect(report[0]?.relevanceIn).toBeCloseTo(logit, 4);
        const bySoftmax = sum((row) => row.relevanceIn - row.relevanceOut, normalized);
        const reached = total(explanations[0]?.relevance ?? []);
        expect(Math.abs(logit - sum(kept) - bySoftmax - reached)).toBeLessThan(1e-4 * size);
        expect(Math.abs(sum(({ bias }) => bias))).toBeGreaterThan(0.01);
        if (composite === "attnlrp") expect(Math.abs(bySoftmax)).toBeGreaterThan(1e-3);
      }
    },
  );
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
