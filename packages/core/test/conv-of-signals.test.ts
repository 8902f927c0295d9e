/** Convolutions whose weights come from the picture (CondConv), against the oracle and central differences. */
import { explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { Composite } from "../src/index.ts";
import { epsilon, uniform, zplus } from "../src/rules/index.ts";
import { everywhere, explainerWith } from "./engine.ts";
import { mixed } from "./mixed-seed.ts";
import type { TransformerRules } from "./oracle/attention.ts";
import { runForward } from "./oracle/forward.ts";
import { batchOf, explain } from "./oracle/relevance.ts";
import * as oracle from "./oracle/rules.ts";
import { pictures } from "./pictures.ts";

type Attributes = Parameters<ReturnType<typeof network>["add"]>[2];

/** Four channels of 5 x 6 and, from their means, the weights of a convolution as a mixture of two kernels. */
function conditional(weight: readonly number[], attributes: Attributes, mix: "Sigmoid" | "Tanh") {
  const g = network({ input: [1, 3, 5, 6], seed: 3 });
  const x = g.add("Tanh", [g.conv(g.image, [4, 3, 3, 3], { pads: [1, 1, 1, 1] })]);
  const means = g.flatten(g.add("GlobalAveragePool", [x]));
  const routing = g.add(mix, [g.dense(means, 4, 2)]);
  const size = weight.reduce((a, b) => a * b, 1);
  const kernel = g.add("Reshape", [g.add("MatMul", [routing, g.weights([2, size])]), g.ints(weight)]);
  const y = g.add("Conv", [x, kernel, g.weights([weight[0] ?? 0], -0.3, 0.3)], attributes);
  return g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [g.add("Tanh", [y])])), weight[0] ?? 0, 3));
}

const forms: Readonly<Record<string, readonly [weight: readonly number[], attributes: Attributes]>> = {
  "3 x 3": [[3, 4, 3, 3], { pads: [1, 1, 1, 1] }],
  "with strides that leave out the last rows": [[3, 4, 2, 2], { strides: [2, 3], pads: [0, 1, 0, 0] }],
  "dilated, in two groups": [[6, 2, 2, 3], { dilations: [2, 1], pads: [1, 0, 2, 1], group: 2 }],
  "by channel": [[8, 1, 3, 3], { strides: [2, 2], group: 4 }],
};

const images = pictures(2, 90, 5);
const targets = [1, 0, 2];
const stabilizer = 0.01;
const [eps, own] = [epsilon(stabilizer), oracle.epsilon(stabilizer)];
const half: Composite = {
  kind: "rules",
  name: "test",
  rules: { first: eps, conv: eps, dense: eps, other: eps, attention: uniform(stabilizer) },
};

const cases: Readonly<Record<string, readonly [Composite, oracle.Rule, TransformerRules]>> = {
  value: [everywhere(eps), own, { attention: own }],
  "value, zplus": [everywhere(zplus), oracle.zplus, { attention: oracle.zplus }],
  uniform: [half, own, { attention: "uniform", epsilon: stabilizer }],
};

describe.each(Object.entries(forms))("a convolution %s", (_, [weight, attributes]) => {
  test.each(Object.entries(cases))("%s", async (__, [engine, rule, transformer]) => {
    for (const mix of ["Sigmoid", "Tanh"] as const) {
      const model = conditional(weight, attributes, mix);
      const results = await withExplainer(explainerWith(model, engine, mixed.engine), (explainer) =>
        explainer.explain(
          images,
          images.map(() => targets),
        ),
      );
      const composite = { first: rule, conv: rule, dense: rule, other: rule };
      const how = { seed: mixed.oracle, composite, transformer };
      for (const [n, k] of [
        [0, 0],
        [1, 2],
      ] as const) {
        const { maps } = explain(model, images.slice(n, n + 1), targets.slice(k, k + 1), how);
        expect.soft(mapOf(results, n, k), `${mix}, picture ${n}`).toBeNear(maps[0] ?? [], 1e-4);
      }
    }
  });

  test("gradient", async () => {
    const model = conditional(weight, attributes, "Sigmoid");
    const [picture = new Float32Array()] = images;
    const results = await explainOnce(model, [picture], [[2, 0]], { method: "gradient" });
    const score = (of: Float64Array) => {
      const values = runForward(model, batchOf(model, [of]));
      return values.get(model.graph.outputs[0]?.name ?? "")?.data[0] ?? Number.NaN;
    };
    const step = 1e-5;
    const slopes = Float64Array.from(picture, (_, i) => {
      const [above, below] = [step, -step].map((by) =>
        score(Float64Array.from(picture, (value, at) => (at === i ? value + by : value))),
      );
      return ((above ?? 0) - (below ?? 0)) / (2 * step);
    });
    expect(mapOf(results, 0, 1)).toBeNear(slopes, 2e-5);
  });
});
