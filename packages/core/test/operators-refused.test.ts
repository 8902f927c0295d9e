/** What has no rule, or none in this form, says so by name; nothing comes out silently wrong. */
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";

const one = (g: Network, x: string) => g.conv(x, [3, 3, 1, 1]);
const training = (g: Network) => g.add("Greater", [g.floats([1], []), g.floats([0], [])]);

const cases: readonly [string, string, RegExp, (g: Network, x: string) => string][] = [
  [
    "two signals over the batch",
    "Einsum",
    /sums over the batch/,
    (g, x) => {
      const sums = g.add("Einsum", [x, one(g, x)], { equation: "bchw,bdhw->cdhw" });
      return g.add("MatMul", [g.flatten(x), g.add("Reshape", [sums, g.ints([48, 3])])]);
    },
  ],
  [
    "two signals over the batch",
    "MatMul",
    /batch/,
    (g, x) => {
      const rows = g.flatten(x);
      return g.add("MatMul", [rows, g.add("MatMul", [g.add("Transpose", [rows]), rows])]);
    },
  ],
  [
    "a diagonal",
    "Einsum",
    /diagonal/,
    (g, x) => g.add("Einsum", [x, g.weights([3, 3])], { equation: "bchw,cc->bhw" }),
  ],
  [
    "an axis that is only summed",
    "Einsum",
    /sums the signal/,
    (g, x) => g.add("Einsum", [x, g.weights([3, 5])], { equation: "bchw,cd->bhd" }),
  ],
  [
    "a signal as Gemm's C",
    "Gemm",
    /write it as Gemm and Add/,
    (g, x) => g.add("Gemm", [g.flatten(x), g.weights([48, 48]), g.flatten(one(g, x))]),
  ],
  [
    "a batch that Gemm transposes",
    "Gemm",
    /moves the batch/,
    (g, x) => g.add("Gemm", [g.add("Transpose", [g.flatten(x)]), g.weights([48, 5])], { transA: 1 }),
  ],
  [
    "elements dropped at random",
    "Dropout",
    /at random/,
    (g, x) => g.add("Dropout", [x, g.floats([0.5], []), training(g)]),
  ],
  [
    "the batch reduced",
    "ReduceMean",
    /batch/,
    (g, x) => g.add("Add", [x, g.add("ReduceMean", [x], { axes: [0] })]),
  ],
  [
    "a maximum of signals and a constant",
    "Max",
    /several signals and a constant/,
    (g, x) => g.add("Max", [x, one(g, x), g.floats([0.1], [])]),
  ],
  [
    "a power that comes from the picture",
    "Pow",
    /exponent/,
    (g, x) => g.add("Pow", [g.add("Sigmoid", [x]), g.add("Sigmoid", [one(g, x)])]),
  ],
  ["a negative power", "Pow", /no rule/, (g, x) => g.add("Pow", [g.add("Exp", [x]), g.floats([-1], [])])],
  [
    "a quotient of unrelated signals",
    "Div",
    /Div node/,
    (g, x) => g.add("Div", [x, g.add("Exp", [one(g, x)])]),
  ],
  [
    "a product with a constant over a gate, which is unbounded",
    "Div",
    /no rule/,
    (g, x) => g.add("Mul", [one(g, x), g.add("Div", [g.floats([1], []), g.add("Sigmoid", [one(g, x)])])]),
  ],
  [
    "a mask that the picture makes",
    "Where",
    /Where node/,
    (g, x) =>
      g.add("Where", [g.add("Greater", [x, g.floats([0], [])]), g.floats([1], []), g.floats([0], [])]),
  ],
  [
    "the statistics that a normalization gives beside its result",
    "LayerNormalization",
    /second output/,
    (g, x) => g.addMany("LayerNormalization", [x, g.weights([4])], 2)[1] ?? "",
  ],
];

test.each(cases)("%s: %s", async (_, op, reason, build) => {
  const g = network({ input: ["N", 3, 4, 4] });
  const x = g.add("Tanh", [one(g, g.image)]);
  const y = g.flatten(build(g, x));
  const model = g.model(y);
  const at = model.graph.nodes.find((node) => node.op === op);
  const failure = explainerFor(model, { method: "lrp", composite: "zplus" });
  await expect(failure).rejects.toThrow(reason);
  await expect(failure).rejects.toThrow(at?.name);
});
