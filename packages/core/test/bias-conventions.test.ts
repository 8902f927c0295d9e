/** Bias conventions of zplus and alpha-beta, and excitation backpropagation, against the oracle. */
import { explainerFor, explainOnce, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { type CompositeName, compositeNames } from "../src/names.ts";
import { difference, total } from "./compare.ts";
import { type Composite, composites } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { alphaBeta, type BiasConvention, epsilon, flat, zbox, zplusWith } from "./oracle/rules.ts";
import { type SeedName, seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const eps = epsilon(1e-6);
const withBias: Readonly<Partial<Record<CompositeName, (bias: BiasConvention) => Composite>>> = {
  "zplus-box": (bias) => ({
    first: zbox,
    conv: zplusWith(bias),
    dense: zplusWith(bias),
    other: zplusWith(bias),
  }),
  zplus: (bias) => ({
    first: zplusWith(bias),
    conv: zplusWith(bias),
    dense: zplusWith(bias),
    other: zplusWith(bias),
  }),
  "epsilon-plus": (bias) => ({ first: zplusWith(bias), conv: zplusWith(bias), dense: eps, other: eps }),
  "epsilon-plus-flat": (bias) => ({ first: flat, conv: zplusWith(bias), dense: eps, other: eps }),
  "epsilon-alpha2-beta1": (bias) => ({
    first: alphaBeta(2, 1, bias),
    conv: alphaBeta(2, 1, bias),
    dense: eps,
    other: eps,
  }),
};

const networks = {
  "with normalization, a gate and a sum": residualNetwork({ seed: 6, signed: true }),
  "with rectifiers": residualNetwork({ seed: 8 }),
};

async function maps(model: Parameters<typeof explainerFor>[0], options: Parameters<typeof explainerFor>[1]) {
  const results = await explainOnce(
    model,
    pictures(2, 192, 51),
    [
      [0, 1],
      [2, 4],
    ],
    options,
  );
  return results;
}

describe.each(Object.entries(networks))("%s", (_, model) => {
  const conventions = ["none", "positive", "full"] as const;
  const each = compositeNames
    .filter((name) => name in withBias)
    .flatMap((composite) => conventions.map((bias) => ({ composite, bias })));
  test.each(each)("$composite, bias $bias", async ({ composite, bias }) => {
    const method: SeedName = "sglrp";
    const results = await maps(model, { method, composite, parameters: { bias } });
    const rules = withBias[composite]?.(bias) ?? composites.zplus;
    for (const [n, picture] of pictures(2, 192, 51).entries()) {
      for (const { target, relevance } of results[n]?.explanations ?? []) {
        const how = { seed: seeds[method], composite: rules, ...pixels };
        const [map = []] = explain(model, [picture], [target], how).maps;
        expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(map, 1e-4);
      }
    }
  });

  test("excitation backpropagation", async () => {
    const results = await maps(model, { method: "excitation-backprop" });
    for (const [n, picture] of pictures(2, 192, 51).entries()) {
      for (const { target, relevance } of results[n]?.explanations ?? []) {
        const how = { seed: seeds.gradient, composite: composites.excitation };
        const [map = []] = explain(model, [picture], [target], how).maps;
        expect.soft(relevance, `picture ${n}, class ${target}`).toBeNear(map, 1e-4);
      }
    }
  });
});

test("the conventions differ, and the record tells which it was", async () => {
  const model = networks["with rectifiers"];
  const all = await Promise.all(
    (["none", "positive", "full"] as const).map((bias) =>
      maps(model, { composite: "zplus", parameters: { bias } }),
    ),
  );
  const [none, positive, full] = all.map(
    ([first]) => first?.explanations[0]?.relevance ?? new Float32Array(),
  );
  for (const [a, b] of [
    [none, positive],
    [none, full],
    [positive, full],
  ]) {
    expect(difference(a ?? [], b ?? [])).toBeGreaterThan(0.01);
  }
  const made = explainerFor(model, { composite: "zplus", parameters: { bias: "full" } });
  expect(await withExplainer(made, ({ record }) => record.parameters.bias)).toBe("full");
});

test("excitation backpropagation is a distribution over pixels, where every unit has an excitatory input", async () => {
  const g = network({ seed: 4 });
  const positive = g.add("Relu", [g.image]);
  const conv = g.add("Relu", [g.add("Conv", [positive, g.weights([4, 3, 3, 3], 0, 1), g.weights([4])])]);
  const model = g.model(g.add("Gemm", [g.flatten(conv), g.weights([64, 3], 0, 1), g.weights([3])]));
  const [result] = await explainOnce(model, pictures(1, 108, 3), [[0, 1, 2]], {
    method: "excitation-backprop",
  });
  for (const { relevance } of result?.explanations ?? []) {
    expect(total(relevance)).toBeCloseTo(1, 5);
    expect(Math.min(...relevance)).toBeGreaterThanOrEqual(0);
  }
});
