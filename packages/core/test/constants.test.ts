/** Constants are the same however a file writes them: initializers, Constant nodes of every form, and either behind an Identity. */
import {
  type Attribute,
  floatValue as float,
  floatTensor,
  intValue as int,
  intsValue as ints,
} from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";
import type { CompositeName } from "../src/index.ts";
import { pictures } from "./pictures.ts";

type Write = (g: Network) => string;

const constant =
  (key: string, value: Attribute): Write =>
  (g) =>
    g.add("Constant", [], { [key]: value });
const tensor = (dims: readonly number[], values: readonly number[]): Attribute => ({
  kind: "tensor",
  value: floatTensor("value", dims, values),
});
const floats = (...value: number[]): Attribute => ({ kind: "floats", value });

/** An operation with a constant among its inputs: as an initializer, and as other exporters write it. */
const cases: readonly [string, (g: Network, x: string, c: string) => string, Write, readonly Write[]][] = [
  [
    "Gather with the index as value_int",
    (g, x, c) => g.add("Unsqueeze", [g.add("Gather", [x, c], { axis: 2 }), g.ints([2])]),
    (g) => g.ints([1], []),
    [constant("value_int", int(1)), (g) => g.add("Identity", [constant("value_int", int(1))(g)])],
  ],
  [
    "Gather with indices as value_ints",
    (g, x, c) => g.add("Gather", [x, c], { axis: 3 }),
    (g) => g.ints([2, 0]),
    [constant("value_ints", ints([2, 0]))],
  ],
  [
    "Pow with the exponent as value_float",
    (g, x, c) => g.add("Pow", [x, c]),
    (g) => g.floats([2], []),
    [constant("value_float", float(2)), (g) => g.add("Identity", [constant("value_float", float(2))(g)])],
  ],
  [
    "Clip with its bound behind an Identity",
    (g, x, c) => g.add("Clip", [x, c]),
    (g) => g.floats([0], []),
    [
      (g) => g.add("Identity", [g.floats([0], [])]),
      (g) => g.add("Identity", [constant("value_float", float(0))(g)]),
      (g) => g.add("Identity", [constant("value", tensor([], [0]))(g)]),
    ],
  ],
  [
    "Resize with scales as value_floats",
    (g, x, c) => g.add("Resize", [x, "", c], { mode: "nearest" }),
    (g) => g.floats([1, 1, 2, 2]),
    [constant("value_floats", floats(1, 1, 2, 2))],
  ],
];

async function mapOf(
  build: (g: Network, x: string, c: string) => string,
  write: Write,
  composite: CompositeName,
): Promise<Float32Array> {
  const g = network({ input: [1, 3, 4, 4], seed: 4 });
  const x = g.conv(g.image, [4, 3, 2, 2]);
  const y = build(g, x, write(g));
  const pooled = g.flatten(g.add("AveragePool", [y], { kernel_shape: [1, 2] }));
  const model = g.model(
    g.add("ReduceSum", [g.add("Reshape", [pooled, g.ints([1, 4, -1])]), g.ints([2])], { keepdims: 0 }),
  );
  const explainer = await explainerFor(model, { method: "lrp", composite });
  try {
    const [result] = await explainer.explain(pictures(1, 48, 8), [[2]]);
    const [explanation] = result?.explanations ?? [];
    if (explanation === undefined) throw new Error("no map");
    return explanation.relevance;
  } finally {
    await explainer.release();
  }
}

test.each(cases)("%s", async (_, build, initializer, others) => {
  for (const composite of ["epsilon", "gradient"] as const) {
    const expected = await mapOf(build, initializer, composite);
    expect(Math.hypot(...expected)).toBeGreaterThan(0);
    for (const write of others) expect(await mapOf(build, write, composite)).toEqual(expected);
  }
});
