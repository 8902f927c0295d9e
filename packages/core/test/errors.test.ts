import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import type { ExplainerOptions } from "../src/index.ts";
import { pictures } from "./pictures.ts";

function small(last: (g: Network, logits: string) => string = (_, logits) => logits): Model {
  const g = network({ input: ["N", 3, 4, 4] });
  return g.model(last(g, g.dense(g.flatten(g.add("Relu", [g.conv(g.image, [2, 3, 3, 3])])), 8, 4)));
}

describe("what a caller can get wrong", () => {
  const image = pictures(1, 48);
  test.each([[4], [-5], [1.5], [Number.NaN], [1e9]])("the class %d", async (target) => {
    const error = await withExplainer(explainerFor(small()), (explainer) =>
      userErrorOf(() => explainer.explain(image, [[target]])),
    );
    expect(error.kind).toBe("usage");
    expect(error.message).toContain(String(target));
  });

  test.each([
    ["no targets", [[]]],
    ["more lists than pictures", [[0], [1]]],
    ["fewer", []],
  ])("%s", async (_, targets) => {
    const error = await withExplainer(explainerFor(small()), (explainer) =>
      userErrorOf(() => explainer.explain(image, targets)),
    );
    expect(error.kind).toBe("usage");
  });

  test("lists of different lengths", async () => {
    const error = await withExplainer(explainerFor(small()), (explainer) =>
      userErrorOf(() => explainer.explain(pictures(2, 48), [[0], [0, 1]])),
    );
    expect(error.kind).toBe("usage");
  });

  test.each([0, 47, 49, 96])("a picture of %i numbers", async (length) => {
    const error = await withExplainer(explainerFor(small()), (explainer) =>
      userErrorOf(() => explainer.explain([new Float32Array(length)], [[0]])),
    );
    expect(error.kind).toBe("input");
    expect(error.message).toContain("3 x 4 x 4");
  });

  test.each([
    ["method", { method: "magic" }],
    ["composite", { composite: "magic" }],
    ["composite that every object has", { composite: "toString" }],
    ["composite of a gradient", { method: "gradient", composite: "zplus" }],
    ["input", { input: "magic" }],
    ["output", { output: "magic" }],
    ["pixel bounds, left out", { composite: "zplus-box", pixels: undefined }],
    ["pixel bounds, too few", { pixels: { low: [0, 0], high: [1, 1] } }],
  ])("an unknown %s", async (_, options) => {
    expect((await userErrorOf(() => explainerFor(small(), options as ExplainerOptions))).kind).toBe("usage");
  });
});

describe("scores that are not numbers", () => {
  test.each([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
  ])("%s", async (_, value) => {
    const error = await withExplainer(explainerFor(small()), (explainer) =>
      userErrorOf(() => explainer.explain([new Float32Array(48).fill(value)], [[0]])),
    );
    expect(error.kind).toBe("scores");
    expect(error.message).toContain("NaN");
  });
});

describe("operations without a rule name the node, the operation and the ways out", () => {
  test.each<[string, (g: Network, x: string) => string]>([
    ["Sin", (g, x) => g.add("Sin", [x])],
    ["Abs", (g, x) => g.add("Abs", [x])],
    ["Div", (g, x) => g.add("Div", [x, g.add("Exp", [g.dense(x, 4, 4)])])],
  ])("%s", async (op, build) => {
    const model = small((g, logits) => g.dense(build(g, logits), 4, 3));
    const at = model.graph.nodes.filter((node) => node.op === op);
    const error = await userErrorOf(() => explainerFor(model));
    expect(error.kind).toBe("unsupported");
    expect(error.message).toContain(op);
    expect(at.some(({ name }) => error.message.includes(name))).toBe(true);
    expect(error.message).toMatch(/ways out|export/i);
  });

  test("a Softmax behind which nothing else leads to the picture", async () => {
    const model = small((g, logits) => g.dense(g.add("Softmax", [logits]), 4, 3));
    const error = await userErrorOf(() => explainerFor(model));
    expect(error.kind).toBe("unsupported");
    expect(error.message).toContain("No relevance reaches the picture");
  });

  test("SGLRP of independent classes", async () => {
    const model = small((g, logits) => g.add("Sigmoid", [logits]));
    const error = await userErrorOf(() => explainerFor(model, { method: "sglrp" }));
    expect(error.kind).toBe("unsupported");
    expect(error.message).toContain("Sigmoid");
  });

  test("a network without scores of pictures", async () => {
    const g = network({ input: ["N", 3, 4, 4] });
    const summed = g.add("ReduceSum", [g.conv(g.image, [2, 3, 1, 1]), g.ints([0])], { keepdims: 0 });
    expect((await userErrorOf(() => explainerFor(g.model(summed)))).kind).toBe("unsupported");
  });

  test("a network whose input holds no numbers", async () => {
    const g = network({ input: ["N", 12] });
    const model = g.model(g.dense(g.image, 12, 3));
    const inputs = model.graph.inputs.map(({ name, type }) => ({
      name,
      type: { type: "bool" as const, dims: type?.dims },
    }));
    const asked = userErrorOf(() => explainerFor({ ...model, graph: { ...model.graph, inputs } }));
    expect((await asked).kind).toBe("unsupported");
  });
});
