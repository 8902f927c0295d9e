import type { Model } from "@onnx-lrp/onnx-loader";
import { mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import * as engineRules from "../src/rules/index.ts";
import { everywhere, explainerWith } from "./engine.ts";
import { type LinearCase, unweighted, weighted } from "./linear-cases.ts";
import { mixed } from "./mixed-seed.ts";
import { type RuleName, ruleEverywhere } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";

const closeEnough = 1e-5;

const ruleOf: Readonly<Record<RuleName, engineRules.Rule>> = {
  epsilon: engineRules.epsilon(1e-6),
  "epsilon 0.25": engineRules.epsilon(0.25),
  zplus: engineRules.zplus,
  "alpha-beta": engineRules.alphaBeta(2, 1),
  gamma: engineRules.gamma(0.25),
  zbox: engineRules.zbox,
  wsquare: engineRules.wsquare,
  flat: engineRules.flat,
  excitation: engineRules.excitation,
};

/** What stands before the layer: it sees the picture, never-negative activations, or activations of both signs. */
type Before = "nothing" | "Relu" | "LeakyRelu";

const built = new Map<string, { model: Model; pictures: readonly Float32Array[] }>();

/** The network of a layer is made once: its dense matrices serve all rules. */
function build(layer: LinearCase, before: Before) {
  const key = `${layer.name} ${before}`;
  const known = built.get(key) ?? make(layer, before);
  built.set(key, known);
  return known;
}

function make(layer: LinearCase, before: Before) {
  const [height, width] = layer.size ?? [6, 6];
  const g = network({ input: ["N", 3, height, width], seed: 7 });
  const x = before === "nothing" ? g.image : g.add(before, [g.image]);
  const model = g.model(g.flatten(layer.build(g, x)));
  return { model, pictures: pictures(3, 3 * height * width, 7) };
}

/** Three pictures with three targets each, and the first alone with one target. */
async function check(layer: LinearCase, rule: RuleName, before: Before): Promise<void> {
  const { model, pictures: images } = build(layer, before);
  const how = { seed: mixed.oracle, composite: ruleEverywhere(rule), ...pixels } as const;
  const targets = [0, 1, 2];
  const made = explainerWith(model, everywhere(ruleOf[rule]), mixed.engine);
  const [results, single] = await withExplainer(made, async (explainer) => [
    await explainer.explain(
      images,
      images.map(() => targets),
    ),
    await explainer.explain(images.slice(0, 1), [[1]]),
  ]);
  // Enough of the nine maps that none can stand in another's place.
  for (const [n, k] of [
    [0, 1],
    [1, 0],
    [1, 2],
    [2, 2],
  ] as const) {
    const [map = []] = explain(model, images.slice(n, n + 1), targets.slice(k, k + 1), how).maps;
    const found = mapOf(results, n, k);
    expect.soft(found, `picture ${n}, target ${k}`).toBeNear(map, closeEnough);
    if (n === 0) {
      expect.soft(mapOf(single), "alone").toBeNear(map, closeEnough);
    }
  }
}

const rules: readonly RuleName[] = [
  "epsilon",
  "epsilon 0.25",
  "zplus",
  "alpha-beta",
  "gamma",
  "wsquare",
  "flat",
];

describe.each(rules)("%s", (rule) => {
  for (const layer of [...weighted, ...unweighted]) {
    test(layer.name, async () => {
      await check(layer, rule, "LeakyRelu");
      // What cannot be negative is left out of the emitted graph.
      if (rule !== "wsquare" && rule !== "flat") await check(layer, rule, "Relu");
    });
  }
});

describe("zbox", () => {
  for (const layer of weighted) test(layer.name, () => check(layer, "zbox", "nothing"));
});

test.each(weighted.slice(0, 6).map((layer) => [layer.name, layer] as const))(
  "gamma with a g of 0 shares by the contributions themselves: %s",
  async (_, layer) => {
    const { model, pictures: images } = build(layer, "LeakyRelu");
    const mapsBy = (rule: engineRules.Rule) =>
      withExplainer(explainerWith(model, everywhere(rule), mixed.engine), (explainer) =>
        explainer.explain(images.slice(0, 1), [[1]]),
      );
    const plain = await mapsBy(engineRules.epsilon(1e-12));
    expect(mapOf(await mapsBy(engineRules.gamma(0)))).toBeNear(mapOf(plain), closeEnough);
  },
);
