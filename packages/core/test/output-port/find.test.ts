/** Which value holds the scores, and how they are read, for the ends that people's files have. */
import type { HeadOption, OutputPort } from "@onnx-lrp/core";
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { explainerFor, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { pictures } from "../pictures.ts";

/** A small trunk with an end of its own. */
function ending(end: (g: Network, features: string) => readonly string[]): Model {
  const g = network({ input: ["N", 3, 6, 6], seed: 5 });
  const features = g.add("Relu", [g.conv(g.image, [4, 3, 3, 3], { pads: [1, 1, 1, 1] })]);
  const { graph, ...model } = g.model(...end(g, features));
  // Of whatever type: an ArgMax makes integers.
  return {
    ...model,
    graph: { ...graph, outputs: graph.outputs.map(({ name }) => ({ name, type: undefined })) },
  };
}

const pooled = (g: Network, x: string) => g.flatten(g.add("GlobalAveragePool", [x]));
const logits = (g: Network, x: string) => g.dense(pooled(g, x), 4, 5);
const softmax = (g: Network, x: string) => g.add("Softmax", [logits(g, x)]);

type Options = { readonly output?: string; readonly head?: HeadOption };

function portOf(model: Model, options: Options = {}): Promise<OutputPort> {
  return withExplainer(explainerFor(model, { ...options, method: "gradient" }), ({ head }) => head);
}

const cases: Readonly<Record<string, readonly [(g: Network, x: string) => string, Partial<OutputPort>]>> = {
  "plain logits": [logits, { form: "classes", classes: 5, kind: "none" }],
  "a Softmax": [softmax, { form: "classes", classes: 5, kind: "softmax" }],
  "Exp of a LogSoftmax": [
    (g, x) => g.add("Exp", [g.add("LogSoftmax", [logits(g, x)])]),
    { form: "classes", kind: "log-softmax", through: ["Exp"] },
  ],
  "Log of a Softmax": [(g, x) => g.add("Log", [softmax(g, x)]), { kind: "softmax", through: ["Log"] }],
  "a Softmax of a Softmax": [
    (g, x) => g.add("Softmax", [softmax(g, x)]),
    { form: "classes", kind: "softmax", through: ["Softmax"] },
  ],
  "per cent": [
    (g, x) => g.add("Mul", [softmax(g, x), g.floats([100])]),
    { kind: "softmax", through: ["Mul"] },
  ],
  "a Softmax turned round": [
    (g, x) => g.add("Mul", [softmax(g, x), g.floats([-1])]),
    { form: "classes", kind: "none" },
  ],
  "a Clip": [
    (g, x) => g.add("Clip", [softmax(g, x), g.floats([0.001], []), g.floats([0.999], [])]),
    { kind: "softmax", through: ["Clip"] },
  ],
  "an ArgMax": [
    (g, x) => g.add("ArgMax", [softmax(g, x)], { axis: 1, keepdims: 0 }),
    { form: "classes", classes: 5, kind: "softmax", through: ["ArgMax"] },
  ],
  "an ArgMax of logits": [
    (g, x) => g.add("ArgMax", [logits(g, x)], { axis: 1 }),
    { form: "classes", classes: 5, kind: "none" },
  ],
  "the values of a TopK": [
    (g, x) => g.addMany("TopK", [softmax(g, x), g.ints([3])], 2)[0] ?? "",
    { form: "classes", classes: 5, kind: "softmax", through: ["TopK"] },
  ],
  "the ranks of a TopK": [
    (g, x) => g.addMany("TopK", [softmax(g, x), g.ints([3])], 2)[1] ?? "",
    { form: "classes", classes: 5, kind: "softmax" },
  ],
  "the largest probability": [
    (g, x) => g.add("ReduceMax", [softmax(g, x)], { axes: [1], keepdims: 0 }),
    { form: "classes", classes: 5, kind: "softmax" },
  ],
  "one of two probabilities": [
    (g, x) =>
      g.add("Gather", [g.add("Softmax", [g.dense(pooled(g, x), 4, 2)]), g.ints([1], [])], { axis: 1 }),
    { form: "classes", classes: 2, kind: "softmax", through: ["Gather"] },
  ],
  "a threshold": [
    (g, x) => g.add("Greater", [g.add("Sigmoid", [g.dense(pooled(g, x), 4, 1)]), g.floats([0.5])]),
    { form: "single", classes: 2, kind: "sigmoid" },
  ],
  "labels that do not compete": [
    (g, x) => g.add("Sigmoid", [logits(g, x)]),
    { form: "classes", classes: 5, kind: "sigmoid" },
  ],
  "one logit": [(g, x) => g.dense(pooled(g, x), 4, 1), { form: "single", classes: 2, kind: "none" }],
  "one Sigmoid, without the axis of classes": [
    (g, x) => g.add("Squeeze", [g.add("Sigmoid", [g.dense(pooled(g, x), 4, 1)]), g.ints([1])]),
    { form: "single", classes: 2, kind: "sigmoid" },
  ],
  "one logit as a map of one pixel": [
    (g, x) => g.conv(g.add("GlobalAveragePool", [x]), [1, 4, 1, 1]),
    { form: "single", classes: 2, kind: "none" },
  ],
  "an embedding": [
    (g, x) => g.add("LpNormalization", [logits(g, x)], { axis: 1, p: 2 }),
    { form: "classes", classes: 5, kind: "score" },
  ],
  "a segmenter's logits": [
    (g, x) => g.conv(x, [3, 4, 1, 1]),
    { form: "places", classes: 3, classAxis: 1, kind: "none" },
  ],
  "a segmenter's Softmax, channels last": [
    (g, x) => g.add("Softmax", [g.add("Transpose", [g.conv(x, [3, 4, 1, 1])], { perm: [0, 2, 3, 1] })]),
    { form: "places", classes: 3, classAxis: 3, kind: "softmax" },
  ],
  "a mask of one class": [
    (g, x) => g.add("Sigmoid", [g.conv(x, [1, 4, 1, 1])]),
    { form: "places", classes: 1, classAxis: 1, kind: "sigmoid" },
  ],
  "a segmenter's ArgMax": [
    (g, x) => g.add("ArgMax", [g.conv(x, [3, 4, 1, 1])], { axis: 1 }),
    { form: "places", classes: 3, classAxis: 1 },
  ],
  "a sequence of classes": [
    (g, x) => {
      const columns = g.add("ReduceMean", [x], { axes: [2], keepdims: 0 });
      const moments = g.add("Transpose", [columns], { perm: [0, 2, 1] });
      return g.add("Softmax", [g.add("MatMul", [moments, g.weights([4, 7])])]);
    },
    { form: "places", classes: 7, classAxis: 2, kind: "softmax" },
  ],
  "a sequence whose Softmax is over rows of a table": [
    (g, x) => {
      const columns = g.add("ReduceMean", [x], { axes: [2], keepdims: 0 });
      const moments = g.add("Transpose", [columns], { perm: [0, 2, 1] });
      const rows = g.add("Flatten", [g.add("MatMul", [moments, g.weights([4, 7])])], { axis: 2 });
      return g.add("Reshape", [g.add("Softmax", [rows], { axis: -1 }), g.ints([-1, 6, 7])]);
    },
    { form: "places", classes: 7, classAxis: 2, kind: "softmax" },
  ],
};

describe("the scores behind", () => {
  test.each(Object.entries(cases))("%s", async (_, [end, wanted]) => {
    const port = await portOf(ending((g, x) => [end(g, x)]));
    expect(port).toMatchObject(wanted);
  });
});

describe("several outputs", () => {
  test("logits, their probabilities and the most probable class are one", async () => {
    const model = ending((g, x) => {
      const z = logits(g, x);
      const p = g.add("Softmax", [z]);
      return [z, p, g.add("ArgMax", [p], { axis: 1 })];
    });
    const port = await portOf(model);
    expect(port).toMatchObject({ form: "classes", classes: 5, kind: "softmax", others: [] });
  });

  test("the values and the ranks of a TopK are one", async () => {
    const model = ending((g, x) => g.addMany("TopK", [softmax(g, x), g.ints([3])], 2));
    expect(await portOf(model)).toMatchObject({ form: "classes", classes: 5, kind: "softmax", others: [] });
  });

  test("a map of features beside class scores is named, not explained", async () => {
    const model = ending((g, x) => [softmax(g, x), g.conv(x, [3, 4, 1, 1])]);
    const port = await portOf(model);
    expect(port).toMatchObject({ form: "classes", classes: 5 });
    expect(port.others.map(({ what }) => what)).toEqual(["3 classes at each place, N x 3 x 6 x 6"]);
  });

  test("heads of one kind need a choice, which then works", async () => {
    const model = ending((g, x) => [softmax(g, x), g.add("Softmax", [g.dense(pooled(g, x), 4, 2)])]);
    const error = await userErrorOf(() => portOf(model));
    const names = model.graph.outputs.map(({ name }) => name);
    expect(error.kind).toBe("usage");
    for (const name of names) expect(error.reason).toContain(`"${name}"`);
    const ports = await Promise.all(names.map((output) => portOf(model, { output })));
    expect(ports.map(({ classes }) => classes)).toEqual([5, 2]);
  });

  test("any value inside can be asked, and what lies behind it is not needed", async () => {
    const model = ending((g, x) => [g.add("Det", [g.add("MatMul", [logits(g, x), g.weights([5, 5])])])]);
    const inner = model.graph.nodes.find(({ op }) => op === "Gemm")?.outputs[0] ?? "";
    const port = await portOf(model, { output: inner });
    expect(port).toMatchObject({ output: inner, form: "classes", classes: 5 });
  });
});

describe("head", () => {
  const one = ending((g, x) => [g.dense(pooled(g, x), 4, 1)]);
  const many = ending((g, x) => [logits(g, x)]);

  test.each([
    [many, "sigmoid", { kind: "sigmoid", form: "classes" }],
    [many, "score", { kind: "score", form: "classes" }],
    [one, "sigmoid", { kind: "sigmoid", form: "single" }],
    [one, "score", { kind: "score", form: "single", classes: 1 }],
  ] as const)("%#", async (model, head, wanted) => {
    expect(await portOf(model, { head })).toMatchObject(wanted);
  });

  test("a softmax of one number is refused", async () => {
    const error = await userErrorOf(() => portOf(one, { head: "softmax" }));
    expect(error).toMatchObject({ kind: "usage", subject: { option: "head" } });
  });
});

/** What onnxruntime gives for the model as it is. */
async function ownOutput(model: Model, picture: Float32Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(writeModel(model));
  const [name = ""] = session.outputNames;
  const outputs = await session.run({
    [session.inputNames[0] ?? ""]: new ort.Tensor("float32", picture, [1, 3, 6, 6]),
  });
  await session.release();
  return outputs[name]?.data as Float32Array;
}

describe("probabilities are the network's own", () => {
  test.each([
    "a Softmax",
    "a Clip",
    "a Softmax of a Softmax",
    "labels that do not compete",
    "a mask of one class",
  ])("%s", async (name) => {
    const [end] = cases[name] ?? [];
    const model = ending((g, x) => [end?.(g, x) ?? ""]);
    const [picture = new Float32Array()] = pictures(1, 108, 3);
    const own = await ownOutput(model, picture);
    for (const method of ["gradient", "smoothgrad", "occlusion"] as const) {
      await withExplainer(
        explainerFor(model, { method, samples: method === "smoothgrad" ? 2 : undefined }),
        async (explainer) => {
          const weights = Float32Array.from(own, (_, i) => (i === 0 ? 1 : 0));
          const target = explainer.head.form === "places" ? { weights } : 0;
          const [result] = await explainer.explain([picture], [[target]]);
          expect(result?.probabilities, method).toBeNear(own, 1e-5);
          const [scores] = await explainer.score([picture]);
          expect(scores?.probabilities, method).toBeNear(own, 1e-5);
        },
      );
    }
  });
});
