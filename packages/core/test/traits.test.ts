/** The table of traits against the functions themselves, in float64, and what is asked of it. */
import { floatValue as float, type Node } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { afterEach, describe, expect, test } from "vitest";
import { type MethodName, registerOperator } from "../src/index.ts";
import * as activations from "../src/operators/activations.ts";
import * as elementwise from "../src/operators/elementwise.ts";
import { operators } from "../src/operators/index.ts";
import type { Trait } from "../src/operators/trait.ts";
import { affineSignal, has, isRectifier, operationTraits } from "../src/operators/traits.ts";
import { runNode } from "./oracle/forward.ts";
import { type Dense, dense } from "./oracle/tensor.ts";
import { pictures } from "./pictures.ts";

test("every operation of the table has an entry", () => {
  const strangers = Object.keys(operationTraits).filter((op) => !operators.has(op));
  expect(strangers).toEqual([]);
});

test("every elementwise operation is one in the table", () => {
  const missing = Object.keys({ ...activations, ...elementwise }).filter(
    (op) => !operationTraits[op]?.includes("elementwise"),
  );
  expect(missing).toEqual([]);
});

const node = (op: string, inputs = ["x"], attributes: Node["attributes"] = new Map()): Node => ({
  op,
  domain: "",
  name: op,
  inputs,
  outputs: ["y"],
  attributes,
});

/** Constants that an activation takes beside its signal. */
const constants: Readonly<Record<string, readonly Dense[]>> = {
  PRelu: [dense([1], [0.3])],
  Clip: [dense([], [-0.5])],
};

/** Those that by default are special cases of themselves. */
const attributes: Readonly<Record<string, Node["attributes"]>> = { Shrink: new Map([["bias", float(0.3)]]) };

/** The activation of one number, and of its neighbour in a row of two. */
function evaluate(op: string, ...row: readonly number[]): Float64Array {
  return runNode(node(op, ["x"], attributes[op]), [dense([row.length], row), ...(constants[op] ?? [])]).data;
}

const valueAt = (op: string, x: number) => evaluate(op, x)[0] ?? Number.NaN;
const slopeAt = (op: string, x: number) => (valueAt(op, x + 1e-5) - valueAt(op, x - 1e-5)) / 2e-5;

describe.each(Object.keys(activations))("%s", (op) => {
  const says = (trait: Trait) => operationTraits[op]?.includes(trait) ?? false;
  const places = [-20, -3.3, -1.7, -0.6, 0.4, 0.8, 1.9, 3.1, 20];

  test("is elementwise", () => {
    for (const x of places) expect(evaluate(op, x, 7)[0]).toBe(evaluate(op, x, -7)[0]);
  });

  test("is homogeneous if it says so, and only then", () => {
    const gaps = places.map((x) => Math.abs(valueAt(op, x) - slopeAt(op, x) * x));
    expect(Math.max(...gaps) < 1e-6).toBe(says("homogeneous"));
  });

  test("is a rectifier if it says so, and only then", () => {
    const [far, farther, below] = [slopeAt(op, 20), slopeAt(op, 25), slopeAt(op, -20)];
    const line = Math.abs(far - farther) < 1e-6 && far > 0.1;
    expect(line && Math.abs(below) < far / 2).toBe(says("rectifier"));
  });

  test("is a bounded gate if it says so, and only then", () => {
    const values = places.map((x) => valueAt(op, x));
    const bounded = Math.min(...values) >= 0 && Math.max(...values) <= 1;
    expect(bounded && (values.at(-1) ?? 0) > 0.9).toBe(says("boundedGate"));
  });
});

test("a constant over a signal is no affine function of it", () => {
  const isSignal = (value: string) => value === "x";
  expect(affineSignal(node("Div", ["x", "c"]), isSignal)).toBe("x");
  expect(affineSignal(node("Div", ["c", "x"]), isSignal)).toBeUndefined();
  expect(affineSignal(node("Sub", ["c", "x"]), isSignal)).toBe("x");
  expect(affineSignal(node("Mul", ["x", "x"]), isSignal)).toBeUndefined();
});

test("Max with a constant is a rectifier, of two signals it is none", () => {
  const isSignal = (value: string) => value !== "c";
  expect(isRectifier(node("Max", ["x", "c"]), isSignal)).toBe(true);
  expect(isRectifier(node("Max", ["x", "z"]), isSignal)).toBe(false);
});

let unregister: (() => void) | undefined;
afterEach(() => unregister?.());

describe("an entry of one's own", () => {
  test("says its traits; without, ONNX's own hold", () => {
    const foreign = { ...node("Relu"), domain: "example" };
    expect(has(foreign, "rectifier")).toBe(false);
    unregister = registerOperator("Relu", { ...activations.Relu, traits: ["rectifier"] }, "example");
    expect(has(foreign, "rectifier")).toBe(true);
    expect(has(foreign, "elementwise")).toBe(false);
    unregister();
    unregister = registerOperator("Relu", activations.Relu);
    expect(has(node("Relu"), "rectifier")).toBe(true);
  });

  test("makes x mod(x) an activation", async () => {
    const g = network({ input: ["N", 3, 4, 4] });
    const x = g.conv(g.image, [3, 3, 1, 1]);
    const model = g.model(
      g.dense(g.flatten(g.add("Mul", [x, g.add("Mod", [x, g.floats([0.7])], { fmod: 1 })])), 48, 4),
    );
    const options = { method: "lrp", composite: "zplus" } as const;
    await expect(explainerFor(model, options)).rejects.toThrow("Mod node");
    unregister = registerOperator("Mod", {
      traits: ["elementwise"],
      describe: () => ({ kind: "unsupported", reason: "needs no rule of its own here" }),
    });
    const [result] = await explainOnce(model, pictures(1, 48, 3), [[0]], options);
    expect(result?.explanations[0]?.relevance.some((value) => value !== 0)).toBe(true);
  });
});

async function mapOf(method: MethodName, build: (g: Network, x: string) => string): Promise<Float32Array> {
  const g = network({ input: ["N", 3, 4, 4], seed: 5 });
  const x = g.add("Softplus", [g.conv(g.image, [3, 3, 3, 3], { pads: [1, 1, 1, 1] })]);
  const model = g.model(g.dense(g.flatten(build(g, x)), 48, 4));
  const [result] = await explainOnce(model, pictures(1, 48, 3), [[1]], { method });
  const [explanation] = result?.explanations ?? [];
  if (explanation === undefined) throw new Error("no explanation");
  return explanation.relevance;
}

test.each(["fullgrad", "deeplift"] as const)("%s: one over a signal is its reciprocal", async (method) => {
  const quotient = await mapOf(method, (g, x) => g.add("Div", [g.floats([1], []), x]));
  const reciprocal = await mapOf(method, (g, x) => g.add("Reciprocal", [x]));
  expect(quotient).toBeNear(reciprocal, 1e-6);
});

test.each(["guided-backprop", "deconvnet"] as const)("%s: a maximum with zero is a Relu", async (method) => {
  const shifted = (g: Network, x: string) => g.add("Sub", [x, g.floats([0.7], [])]);
  const maximum = await mapOf(method, (g, x) => g.add("Max", [shifted(g, x), g.floats([0], [])]));
  const relu = await mapOf(method, (g, x) => g.add("Relu", [shifted(g, x)]));
  expect(maximum).toBeNear(relu, 1e-6);
});
