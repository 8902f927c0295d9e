/** Ways over operations that no rule covers: an entry of one's own, or a policy; and the sentence without either. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { afterEach, describe, expect, test } from "vitest";
import { type Explanation, type ExplanationOptions, registerOperator } from "../src/index.ts";
import { pictures } from "./pictures.ts";

const picture = pictures(1, 48);

/** [N, 3, 4, 4] to [N, 4], with something between two layers; without biases, so that nothing is kept back. */
function around(between: (g: Network, x: string) => string): Model {
  const g = network({ input: ["N", 3, 4, 4] });
  const c = g.add("Relu", [g.add("Conv", [g.image, g.weights([2, 3, 2, 2])])]);
  return g.model(g.add("Gemm", [g.flatten(between(g, c)), g.weights([18, 4])]));
}

async function explain(
  model: Model,
  options: ExplanationOptions = {},
): Promise<{ map: Explanation; unknown: unknown }> {
  const made = explainerFor(model, { method: "lrp", composite: "epsilon", ...options });
  return withExplainer(made, async (explainer) => {
    const [result] = await explainer.explain(picture, [[0]]);
    const [map] = result?.explanations ?? [];
    if (map === undefined) throw new Error("no map");
    return { map, unknown: explainer.record.unknown };
  });
}

const upper = around((g, x) => g.add("Trilu", [x]));
/** The same network with the mask written out. */
const masked = around((g, x) => g.add("Mul", [x, g.floats([1, 1, 1, 0, 1, 1, 0, 0, 1], [3, 3])]));

let unregister: (() => void) | undefined;
afterEach(() => unregister?.());

test("without either, a sentence says node, operation and the ways", async () => {
  await expect(explainerFor(upper)).rejects.toThrow(
    'The Trilu node "Trilu2" lies between the picture and the class scores and is an operation for which onnx-lrp has no rule. To fix this: export the network without it (in evaluation mode, with constant folding); set the option unknown to "pass", which propagates through it without a rule; set the option method to "occlusion", "rise", "lime" or "kernel-shap", which need no rules; or register a rule for the operation.',
  );
});

test("an entry of one's own holds until it is taken away", async () => {
  unregister = registerOperator("Trilu", {
    nonNegative: "preserved",
    describe: () => ({
      kind: "route",
      name: "route",
      inputs: [0],
      adjoint: ({ tape }, r) => [tape.emit("Trilu", [r])],
    }),
  });
  // A product with a constant passes relevance on unchanged, also where the constant is zero; there none arrives.
  const [own, written] = [await explain(upper), await explain(masked)];
  expect(own.map.relevance).toBeNear(written.map.relevance, 1e-5);
  expect(own.unknown).toEqual({ policy: "error", nodes: [] });
  unregister();
  await expect(explainerFor(upper)).rejects.toThrow("Trilu");
});

test("an entry of one's own goes before the table's", async () => {
  const model = around((g, x) => g.add("Neg", [x]));
  unregister = registerOperator("Neg", {
    describe: () => ({ kind: "unsupported", reason: "is not wanted here" }),
  });
  await expect(explainerFor(model)).rejects.toThrow("it is not wanted here");
});

test("an entry holds for its domain alone", async () => {
  const model = around((g, x) => g.add("QuickGelu", [x]));
  const nodes = model.graph.nodes.map((node) =>
    node.op === "QuickGelu" ? { ...node, op: "Trilu", domain: "com.microsoft" } : node,
  );
  const foreign = {
    ...model,
    opsets: { ...model.opsets, "com.microsoft": 1 },
    graph: { ...model.graph, nodes },
  };
  unregister = registerOperator("Trilu", { describe: () => ({ kind: "pass", input: 0, derivative: "one" }) });
  await expect(explainerFor(foreign)).rejects.toThrow("com.microsoft.Trilu");
  unregister();
  unregister = registerOperator(
    "Trilu",
    { describe: () => ({ kind: "pass", input: 0, derivative: "one" }) },
    "com.microsoft",
  );
  const { map, unknown } = await explain(foreign);
  expect(map.relevance.some((value) => value !== 0)).toBe(true);
  expect(unknown).toEqual({ policy: "error", nodes: [] });
  unregister();
  const passed = await explain(foreign, { unknown: "pass" });
  expect(map.relevance).toEqual(passed.map.relevance);
});

describe("unknown: pass", () => {
  test("relevance passes to the signal of the output's shape", async () => {
    unregister = registerOperator("Trilu", {
      describe: () => ({ kind: "pass", input: 0, derivative: "one" }),
    });
    const wanted = await explain(upper);
    unregister();
    const { map, unknown } = await explain(upper, { unknown: "pass" });
    expect(map.relevance).toEqual(wanted.map.relevance);
    expect(unknown).toEqual({ policy: "pass", nodes: ["Trilu2"] });
  });

  test("is refused where no signal has the output's shape", async () => {
    const model = around((g, x) => g.add("Tile", [g.add("Det", [x]), g.ints([1, 9])]));
    await expect(explainerFor(model, { unknown: "pass" })).rejects.toThrow("Det");
  });

  test("changes nothing where every operation has a rule", async () => {
    const [a, b] = [await explain(masked), await explain(masked, { unknown: "pass" })];
    expect(b.map.relevance).toEqual(a.map.relevance);
    expect(b.unknown).toEqual({ policy: "pass", nodes: [] });
  });
});

describe("unknown: gradient", () => {
  test("a product of two signals needs no policy: each gets half", async () => {
    const model = around((g, x) => g.add("Mul", [x, g.add("Softsign", [g.conv(x, [2, 2, 1, 1])])]));
    const { map, unknown } = await explain(model, { unknown: "gradient", composite: "zplus" });
    expect(unknown).toEqual({ policy: "gradient", nodes: [] });
    const sum = map.relevance.reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(map.logit, 4);
  });

  test("a quotient of two signals stays refused", async () => {
    const model = around((g, x) => g.add("Div", [x, g.add("Softplus", [g.conv(x, [2, 2, 1, 1])])]));
    await expect(explainerFor(model, { unknown: "gradient" })).rejects.toThrow("a quotient of two signals");
  });

  test("an operation without a derivative stays refused", async () => {
    await expect(explainerFor(upper, { unknown: "gradient" })).rejects.toThrow(
      'set the option unknown to "pass"',
    );
  });

  test("gradients themselves need no policy", async () => {
    const model = around((g, x) => g.add("Exp", [x]));
    const plain = await explain(model, { method: "gradient", composite: undefined });
    const other = await explain(model, { method: "gradient", composite: undefined, unknown: "gradient" });
    expect(other.map.relevance).toEqual(plain.map.relevance);
    expect(other.unknown).toEqual({ policy: "gradient", nodes: [] });
  });

  test("an operation that is homogeneous of degree one loses nothing", async () => {
    const model = around((g, x) => g.add("Abs", [g.add("Conv", [x, g.weights([2, 2, 1, 1])])]));
    await expect(explainerFor(model)).rejects.toThrow("Abs");
    const { map, unknown } = await explain(model, { unknown: "gradient" });
    expect(unknown).toEqual({ policy: "gradient", nodes: ["Abs3"] });
    expect(map.relevance.reduce((a, b) => a + b, 0)).toBeCloseTo(map.logit, 2);
  });
});
