/** Layer normalization as exporters write it out: joined where it is one, with the same numbers. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import { floatTensor, inferShapes, type Model, type Node } from "../src/index.ts";
import { joinLayerNormalization } from "../src/passes/join-layer-normalization.ts";
import { difference, floats, run, runtime } from "./shared.ts";

const initializers = [
  floatTensor("one", [], [1]),
  floatTensor("two", [], [2]),
  floatTensor("eps", [], [1e-3]),
  floatTensor("w", [4], [1, -2, 0.5, 3]),
  floatTensor("b", [4], [0.1, 0.2, 0.3, -0.4]),
  floatTensor("number", [], [3]),
  floatTensor(
    "w34",
    [3, 4],
    Float32Array.from({ length: 12 }, (_, i) => i - 5),
  ),
];

interface Form {
  readonly axes?: readonly number[];
  readonly square?: readonly Node[];
  readonly quotient?: readonly Node[];
  readonly affine?: readonly Node[];
  readonly outputs?: readonly string[];
}

/** y = x - mean over its deviation, times w, plus b, on [N, 3, 4]. */
function written({
  axes = [-1],
  square = [node("Pow", ["d", "two"], ["q"])],
  quotient = [node("Div", ["d", "s"], ["n"])],
  affine = [node("Mul", ["n", "w"], ["u"]), node("Add", ["b", "u"], ["y"])],
  outputs = ["y"],
}: Form = {}): Model {
  return modelOf({
    nodes: [
      node("ReduceMean", ["x"], ["m"], { axes, keepdims: 1 }),
      node("Sub", ["x", "m"], ["d"]),
      ...square,
      node("ReduceMean", ["q"], ["v"], { axes, keepdims: 1 }),
      node("Add", ["v", "eps"], ["a"]),
      node("Sqrt", ["a"], ["s"]),
      ...quotient,
      ...affine,
    ],
    inputs: [value("x", ["n", 3, 4])],
    outputs: outputs.map(output),
    initializers,
  });
}

async function join(model: Model): Promise<{ readonly model: Model; readonly ops: string[] }> {
  const shapes = await inferShapes(model, runtime, { sizes: {}, batch: "n" });
  const joined = joinLayerNormalization(model, shapes).model;
  return { model: joined, ops: joined.graph.nodes.map(({ op }) => op) };
}

const noAffine = [node("Identity", ["n"], ["y"])];

const forms: Record<string, { form: Form; ops: readonly string[] }> = {
  "as torch writes it": { form: {}, ops: ["LayerNormalization"] },
  "the square as a product": {
    form: { square: [node("Mul", ["d", "d"], ["q"])] },
    ops: ["LayerNormalization"],
  },
  "the difference twice": {
    form: { square: [node("Sub", ["x", "m"], ["e"]), node("Pow", ["e", "two"], ["q"])] },
    ops: ["LayerNormalization"],
  },
  "times the reciprocal": {
    form: { quotient: [node("Reciprocal", ["s"], ["r"]), node("Mul", ["r", "d"], ["n"])] },
    ops: ["LayerNormalization"],
  },
  "times one over it": {
    form: { quotient: [node("Div", ["one", "s"], ["r"]), node("Mul", ["d", "r"], ["n"])] },
    ops: ["LayerNormalization"],
  },
  "without weight and bias": { form: { affine: noAffine }, ops: ["LayerNormalization", "Identity"] },
  "over two axes": {
    form: { axes: [1, 2], affine: [node("Mul", ["n", "w34"], ["y"])] },
    ops: ["LayerNormalization"],
  },
  "a weight that is one number stays apart": {
    form: { affine: [node("Mul", ["n", "number"], ["y"])] },
    ops: ["LayerNormalization", "Mul"],
  },
  "a quotient that is used twice keeps its weight apart": {
    form: { outputs: ["y", "n"] },
    ops: ["LayerNormalization", "Mul", "Add"],
  },
};

test.each(Object.entries(forms))("%s", async (_, { form, ops }) => {
  const model = written(form);
  const joined = await join(model);
  expect(joined.ops).toEqual(ops);
  const feeds = { x: floats([2, 3, 4]) };
  const [before, after] = [await run(model, feeds), await run(joined.model, feeds)];
  for (const name of Object.keys(before)) expect(difference(before[name], after[name])).toBeLessThan(1e-6);
});

const others: Record<string, Form> = {
  "over an axis that is not the last": { axes: [1], affine: noAffine },
  "the third power": { square: [node("Pow", ["d", "number"], ["q"])] },
  "the square of something else": { square: [node("Pow", ["x", "two"], ["q"])] },
  "a quotient of something else": { quotient: [node("Div", ["x", "s"], ["n"])] },
};

test.each(Object.entries(others))("%s is none", async (_, form) => {
  expect((await join(written(form))).ops).not.toContain("LayerNormalization");
});
