/** One operation between the picture and the scores, against the oracle: its map under a rule, and its gradient. */
import type { Dim, Model } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { expect } from "vitest";
import type { Rule } from "../src/rules/index.ts";
import { everywhere, explainerWith } from "./engine.ts";
import { mixed } from "./mixed-seed.ts";
import { type RuleName, ruleEverywhere } from "./oracle/composites.ts";
import { runForward } from "./oracle/forward.ts";
import { gradient } from "./oracle/gradient.ts";
import { batchOf, explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

export interface OperatorCase {
  readonly name: string;
  /** Shape of the value without the batch; default 3 x 4 x 6. The picture is that, or as many pixels in a row. */
  readonly size?: readonly number[];
  /** A fixed batch of one, for what the symbolic one does not allow. */
  readonly batch?: Dim;
  readonly opset?: number;
  /** On a value of the picture's shape, of both signs. */
  build(g: Network, x: string): string;
  /** The index of the input that gets all relevance, for operations with several signals of which one is a gate. "both": half each. */
  readonly signals?: Readonly<Record<string, number | "both">>;
}

interface Built {
  readonly model: Model;
  readonly images: readonly Float32Array[];
}

/** What makes the value: of both signs, or never negative, of which rules leave out what cannot be there. */
type Before = "Tanh" | "Softplus";

const built: Readonly<Record<Before, Map<OperatorCase, Built>>> = { Tanh: new Map(), Softplus: new Map() };

function buildCase(at: OperatorCase, before: Before): Built {
  const known = built[before].get(at);
  if (known !== undefined) return known;
  const { size = [3, 4, 6], batch = "N", opset = 17 } = at;
  const pixelCount = size.reduce((a, b) => a * b, 1);
  const isPicture = size.length === 3 && size[0] === 3;
  const g = network({ input: isPicture ? [batch, ...size] : [batch, 1, 1, pixelCount], seed: 11, opset });
  const shaped = isPicture ? g.image : g.add("Reshape", [g.image, g.ints([0, ...size])]);
  const x = g.add(before, [g.add("Mul", [shaped, g.floats([2])])]);
  const result = {
    model: g.model(g.add("Flatten", [at.build(g, x)])),
    images: pictures(3, pixelCount, 5),
  };
  built[before].set(at, result);
  return result;
}

/** The signals of a case by the name of a node's output; the case names them by operation. */
function signalsOf({ signals = {} }: OperatorCase, { graph }: Model): ReadonlyMap<string, number | "both"> {
  return new Map(
    graph.nodes.flatMap(({ op, outputs, inputs }) => {
      const signal = signals[op];
      // A constant factor leaves nothing to choose.
      const several = inputs.filter((name) => !graph.initializers.has(name)).length > 1;
      return signal === undefined || !several ? [] : [[outputs[0] ?? "", signal] as const];
    }),
  );
}

/** Three pictures with three targets each, and one alone with one target. */
export async function checkRule(
  at: OperatorCase,
  rule: Rule,
  name: RuleName,
  before: Before = "Tanh",
  closeEnough = 1e-5,
): Promise<void> {
  const { model, images } = buildCase(at, before);
  const how = {
    seed: mixed.oracle,
    composite: ruleEverywhere(name),
    signals: signalsOf(at, model),
    ...pixels,
  };
  const targets = [1, 0, 2];
  const made = explainerWith(model, everywhere(rule), mixed.engine);
  const { results, alone, neverNegative } = await withExplainer(made, async (explainer) => ({
    results: await explainer.explain(
      images,
      images.map(() => targets),
    ),
    alone: await explainer.explain(images.slice(0, 1), [[1]]),
    neverNegative: explainer.prepared.analysis.graph.neverNegative,
  }));
  for (const [n, k] of [
    [0, 0],
    [1, 1],
    [2, 2],
  ] as const) {
    const { maps, logits } = explain(model, images.slice(n, n + 1), targets.slice(k, k + 1), how);
    const found = mapOf(results, n, k);
    expect.soft(results[n]?.logits ?? [], "scores").toBeNear(logits, closeEnough);
    expect.soft(found, `picture ${n}, target ${k}`).toBeNear(maps[0] ?? [], closeEnough);
    expect.soft(Math.hypot(...found), "something").toBeGreaterThan(0);
    if (n === 0) {
      expect.soft(mapOf(alone), "alone").toBeNear(maps[0] ?? [], closeEnough);
    }
  }
  const values = runForward(model, batchOf(model, images.slice(0, 1)));
  for (const [value, { data }] of values) {
    if (neverNegative.has(value)) expect.soft(Math.min(...data), value).toBeGreaterThanOrEqual(0);
  }
}

/** Against central differences, for two targets at once. */
export async function checkGradient(at: OperatorCase, closeEnough = 2e-5): Promise<void> {
  const { model, images } = buildCase(at, "Tanh");
  const results = await explainOnce(
    model,
    images.slice(0, 2),
    [
      [0, 2],
      [1, 2],
    ],
    { method: "sglrp", composite: "gradient", head: "softmax" },
  );
  for (const [n, k, target] of [
    [0, 1, 2],
    [1, 0, 1],
  ] as const) {
    const expected = gradient(model, images[n] ?? [], target, seeds.sglrp);
    const found = mapOf(results, n, k);
    expect.soft(found, `picture ${n}, target ${target}`).toBeNear(expected, closeEnough);
  }
}
