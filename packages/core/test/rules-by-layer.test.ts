/** Composites that a rules file makes, against the oracle with the same rule at the same layer. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { explainerFor, pixels } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";
import { parseRuleFile } from "../src/rule-file.ts";
import type { Role } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import {
  alphaBeta,
  epsilon,
  excitation,
  flat,
  gamma,
  gradientRule,
  type Rule,
  wsquare,
  zbox,
  zplus,
  zplusWith,
} from "./oracle/rules.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

function model() {
  const g = network({ seed: 12 });
  const leaky = (x: string) => g.add("LeakyRelu", [x]);
  const first = leaky(g.norm(g.conv(g.image, [4, 3, 3, 3], { pads: [1, 1, 1, 1] }), 4));
  const second = g.conv(first, [4, 4, 3, 3], { pads: [1, 1, 1, 1] });
  const sum = leaky(g.add("Add", [first, second]));
  const third = leaky(g.conv(sum, [5, 4, 2, 2], { strides: [2, 2] }));
  const mean = g.flatten(g.add("GlobalAveragePool", [third]));
  const hidden = leaky(g.dense(mean, 5, 6));
  return g.model(g.dense(hidden, 6, 4));
}

interface Case {
  readonly name: string;
  readonly file: object;
  readonly rule: (node: Node, role: Role) => Rule;
}

// Conv0 is folded with its normalization, which keeps its name.
const cases: readonly Case[] = [
  {
    name: "by role",
    file: {
      base: "epsilon",
      layers: [
        { role: "first", rule: "zbox" },
        { role: "other", rule: "zplus" },
        { role: ["conv", "dense"], rule: { kind: "gamma", gamma: 0.5 } },
      ],
    },
    rule: (_, role) => (role === "first" ? zbox : role === "other" ? zplus : gamma(0.5)),
  },
  {
    name: "by name, the first entry that fits",
    file: {
      base: "epsilon-plus",
      layers: [
        { name: "Conv0", rule: "flat" },
        { name: "Conv*", role: "conv", rule: { kind: "alpha-beta", alpha: 2, beta: 1, bias: "positive" } },
        { op: "Gemm", name: ["*1?"], rule: { kind: "epsilon", epsilon: 0.25 } },
      ],
    },
    rule: ({ name }, role) => {
      if (name === "Conv0") return flat;
      if (role === "conv") return alphaBeta(2, 1, "positive");
      if (role === "dense" && /1.$/.test(name)) return epsilon(0.25);
      return epsilon(1e-6);
    },
  },
  {
    name: "every rule once",
    file: {
      base: "zplus",
      layers: [
        { role: "first", rule: "wsquare" },
        { role: "conv", rule: { kind: "zplus", bias: "full" } },
        { op: "Add", rule: "gradient" },
        { op: "GlobalAveragePool", rule: "epsilon" },
        { op: "Gemm", rule: "excitation" },
      ],
    },
    rule({ op }, role) {
      if (role === "first") return wsquare;
      if (role === "conv") return zplusWith("full");
      if (op === "Add") return gradientRule;
      return op === "GlobalAveragePool" ? epsilon(1e-6) : excitation;
    },
  },
  {
    name: "the gradient everywhere",
    file: { base: "epsilon", layers: [{ rule: "gradient" }] },
    rule: () => gradientRule,
  },
];

test.each(cases)("$name", async ({ file, rule }) => {
  const network = model();
  const images = pictures(2, 108, 13);
  const rules = parseRuleFile(JSON.stringify(file), "mine.json");
  const explainer = await explainerFor(network, { method: "sglrp", rules });
  const results = await explainer.explain(images, [
    [0, 3],
    [2, 1],
  ]);
  await explainer.release();
  expect(explainer.record).toMatchObject({ composite: "mine", settings: { rules } });
  for (const [n, image] of images.entries()) {
    for (const { target, relevance } of results[n]?.explanations ?? []) {
      const how = { seed: seeds.sglrp, composite: rule, ...pixels };
      const [map = []] = explain(network, [image], [target], how).maps;
      expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(map, 1e-4);
    }
  }
});

test("what a rules file does not go with", async () => {
  const rules = parseRuleFile('{"layers": [{"rule": "zplus"}]}', "mine.json");
  for (const options of [
    { method: "gradient", rules },
    { method: "grad-cam", rules },
    { method: "excitation-backprop", rules },
    { method: "occlusion", rules },
    { method: "sglrp", composite: "zplus", rules },
  ] as const) {
    await expect(explainerFor(model(), options), options.method).rejects.toMatchObject({ kind: "usage" });
  }
  const unfit = parseRuleFile('{"layers": [{"name": "nowhere", "rule": "zplus"}]}', "mine.json");
  await expect(explainerFor(model(), { rules: unfit })).rejects.toThrow(/layers\[0\]/);
  const misplaced = parseRuleFile('{"layers": [{"rule": "zbox"}]}', "mine.json");
  await expect(explainerFor(model(), { rules: misplaced })).rejects.toThrow(/zbox/);
});
