/** Integers and truth values on the way: their derivative is 0, and nothing is emitted on them. */
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { ExplanationOptions } from "../src/index.ts";
import { pictures } from "./pictures.ts";

const [float32, int32, int64, bool] = [1, 6, 7, 9];
const cast = (g: Network, x: string, to: number) => g.add("Cast", [x], { to });
const int = (g: Network, x: string) => cast(g, g.add("Mul", [x, g.floats([3])]), int32);
const truth = (g: Network, x: string) => g.add("Greater", [x, g.floats([0.1])]);
const other = (g: Network, x: string) => g.add("Less", [x, g.floats([0.4])]);
const four = (g: Network) => cast(g, g.ints([4], []), int32);

/** What may stand between a value of floats and one that is cast to floats again. */
const steps: Readonly<Record<string, (g: Network, x: string) => string>> = {
  And: (g, x) => g.add("And", [truth(g, x), other(g, x)]),
  Or: (g, x) => g.add("Or", [truth(g, x), other(g, x)]),
  Xor: (g, x) => g.add("Xor", [truth(g, x), other(g, x)]),
  Not: (g, x) => g.add("Not", [truth(g, x)]),
  Greater: truth,
  GreaterOrEqual: (g, x) => g.add("GreaterOrEqual", [x, g.floats([0.1])]),
  Less: other,
  LessOrEqual: (g, x) => g.add("LessOrEqual", [x, g.floats([0.1])]),
  Equal: (g, x) => g.add("Equal", [g.add("Round", [x]), g.floats([0])]),
  IsNaN: (g, x) => g.add("IsNaN", [x]),
  IsInf: (g, x) => g.add("IsInf", [x]),
  "Cast to bool": (g, x) => cast(g, g.add("Relu", [x]), bool),
  "Cast to int32": int,
  "Cast to int64": (g, x) => cast(g, x, int64),
  "Cast of a Cast": (g, x) => cast(g, cast(g, x, bool), int32),
  "Where of integers": (g, x) => g.add("Where", [truth(g, x), cast(g, x, int64), g.ints([2], [])]),
  "Add of integers": (g, x) => g.add("Add", [int(g, x), four(g)]),
  "Add of two": (g, x) => g.add("Add", [int(g, x), cast(g, x, int32)]),
  "Sub of integers": (g, x) => g.add("Sub", [four(g), int(g, x)]),
  "Mul of integers": (g, x) => g.add("Mul", [int(g, x), four(g)]),
  "Mul of two": (g, x) => g.add("Mul", [int(g, x), cast(g, x, int32)]),
  "Div of integers": (g, x) => g.add("Div", [int(g, x), four(g)]),
  "Mod of integers": (g, x) => g.add("Mod", [int(g, x), four(g)]),
  "Max of integers": (g, x) => g.add("Max", [int(g, x), cast(g, x, int32)]),
  "Neg of integers": (g, x) => g.add("Neg", [int(g, x)]),
  "Abs of integers": (g, x) => g.add("Abs", [int(g, x)]),
  "ReduceSum of integers": (g, x) => g.add("ReduceSum", [int(g, x), g.ints([3])], { keepdims: 1 }),
  "ReduceMax of integers": (g, x) => g.add("ReduceMax", [int(g, x)], { axes: [3] }),
  "Concat of integers": (g, x) => g.add("Concat", [int(g, x), int(g, x)], { axis: 1 }),
  "MatMul of integers": (g, x) => g.add("MatMul", [int(g, x), int(g, x)]),
  ArgMax: (g, x) => g.add("ArgMax", [x], { axis: 1 }),
};

/** Those that are in the operator table, so that relevance passes through them whatever they hold. */
const ruled = new Set(
  [
    "Cast to bool",
    "Cast to int32",
    "Cast to int64",
    "Cast of a Cast",
    "Where of integers",
    "Concat of integers",
  ].concat(
    ["Add", "Sub", "Mul", "Div", "Max", "Neg", "ReduceMax"].map((op) => `${op} of integers`),
    "Mul of two",
  ),
);

/** [N, 3, 4, 4] to [N, 4], by two ways: a plain one, and one through a step; without biases, so that nothing is kept back. */
function around({
  step,
  plain = true,
}: {
  step?: (g: Network, x: string) => string;
  plain?: boolean;
}): Model {
  const g = network({ input: ["N", 3, 4, 4] });
  const c = g.add("Conv", [g.image, g.weights([2, 3, 1, 1])]);
  const weights = g.weights([1, 4]);
  const mean = (x: string) => g.add("ReduceMean", [x], { axes: [1, 2, 3] });
  const ways = [
    ...(plain ? [mean(g.add("Relu", [c]))] : []),
    ...(step === undefined ? [] : [mean(cast(g, step(g, c), float32))]),
  ];
  const [first = "", second] = ways;
  const joined = second === undefined ? first : g.add("Add", [first, second]);
  return g.model(g.add("Gemm", [g.flatten(joined), weights]));
}

const picture = pictures(1, 48);

async function mapBy(model: Model, options: ExplanationOptions): Promise<Float32Array> {
  return mapOf(await explainOnce(model, picture, [[1]], options));
}

const lrp: ExplanationOptions = { method: "lrp", composite: "epsilon" };

const straight = {
  gradient: await mapBy(around({}), { method: "gradient" }),
  lrp: await mapBy(around({}), lrp),
};

test("the way without a step is something", () => {
  for (const map of Object.values(straight)) expect(Math.hypot(...map)).toBeGreaterThan(1e-3);
});

describe.each(Object.entries(steps))("%s", (name, step) => {
  test("has the derivative 0", async () => {
    expect(await mapBy(around({ step }), { method: "gradient" })).toEqual(straight.gradient);
    expect(Math.hypot(...(await mapBy(around({ step, plain: false }), { method: "gradient" })))).toBe(0);
  });

  test("has a rule, or a sentence and the policies that the sentence names", async () => {
    const model = around({ step });
    const given = await mapBy(model, lrp).catch((error: unknown) => error);
    expect(given instanceof UserError).toBe(!ruled.has(name));
    const sentence = given instanceof UserError ? given.message : "";
    const zero = await mapBy(model, { ...lrp, unknown: "gradient" });
    if (given instanceof UserError) {
      // Of a sum without biases the plain way gets what it has alone.
      expect(zero).toBeNear(straight.lrp, 1e-3);
      expect(sentence).toContain('"gradient"');
    } else expect(zero).toEqual(given);
    const passed = mapBy(model, { ...lrp, unknown: "pass" });
    if (given instanceof UserError && !sentence.includes('"pass"'))
      await expect(passed).rejects.toThrow(UserError);
    else expect((await passed).every(Number.isFinite)).toBe(true);
  });

  test("is refused by DeepLIFT, whose sums would lack it", async () => {
    await expect(explainerFor(around({ step }), { method: "deeplift" })).rejects.toThrow(
      /no (rule|DeepLIFT rule)/,
    );
  });
});

test("integers that are the input keep their gradient", async () => {
  const floats = network({ input: ["N", 3, 4, 4] });
  const plain = floats.model(floats.dense(floats.flatten(floats.image), 48, 3));
  const bytes = network({ input: ["N", 3, 4, 4] });
  const moved = bytes.add("Transpose", [bytes.image], { perm: [0, 1, 2, 3] });
  const model = bytes.model(bytes.dense(bytes.flatten(cast(bytes, moved, float32)), 48, 3));
  const inputs = model.graph.inputs.map((input) => ({
    ...input,
    type: { type: "uint8" as const, dims: input.type?.dims },
  }));
  const whole = [Float32Array.from({ length: 48 }, (_, i) => (i * 37) % 256)];
  const [own] = await explainOnce({ ...model, graph: { ...model.graph, inputs } }, whole, [[1]], {
    method: "gradient",
  });
  const [other] = await explainOnce(plain, whole, [[1]], { method: "gradient" });
  expect(own?.explanations[0]?.relevance).toEqual(other?.explanations[0]?.relevance);
});
