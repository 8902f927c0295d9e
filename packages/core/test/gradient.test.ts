import { floatValue as float } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { MethodName } from "../src/index.ts";
import { unweighted, weighted } from "./linear-cases.ts";
import { gradient } from "./oracle/gradient.ts";
import { type SeedRule, seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

interface Activation {
  readonly name: string;
  readonly opset?: number;
  build(g: Network, x: string): string;
}

const activation = (op: string, attributes: Parameters<Network["add"]>[2] = {}, opset = 17): Activation => ({
  name: `${op} ${Object.keys(attributes).join(", ")}`.trim(),
  opset,
  build: (g, x) => g.add(op, [x], attributes),
});

const clip = (name: string, low: number | undefined, high: number | undefined): Activation => ({
  name: `Clip ${name}`,
  build: (g, x) =>
    g.add("Clip", [
      x,
      low === undefined ? "" : g.floats([low], []),
      ...(high === undefined ? [] : [g.floats([high], [])]),
    ]),
});

const activations: readonly Activation[] = [
  activation("Relu"),
  activation("LeakyRelu"),
  activation("LeakyRelu", { alpha: float(0.3) }),
  { name: "PRelu", build: (g, x) => g.add("PRelu", [x, g.weights([3, 1, 1])]) },
  clip("to 0 and 6", 0, 6),
  clip("from below", -0.4, undefined),
  clip("from above", undefined, 0.7),
  clip("without bounds", undefined, undefined),
  activation("Elu"),
  activation("Elu", { alpha: float(1.7) }),
  activation("Selu"),
  activation("Selu", { alpha: float(1.2), gamma: float(0.9) }),
  activation("Celu"),
  activation("Celu", { alpha: float(0.6) }),
  activation("Sigmoid"),
  activation("HardSigmoid"),
  activation("HardSigmoid", { alpha: float(0.5), beta: float(0.3) }),
  activation("Tanh"),
  activation("Softplus"),
  activation("HardSwish"),
  activation("Gelu", {}, 20),
  activation("Gelu", { approximate: "tanh" }, 20),
  activation("Mish", {}, 18),
];

async function check(build: (g: Network, x: string) => string, size: readonly number[], opset: number) {
  const [height = 0, width = 0] = size;
  const g = network({ input: ["N", 3, height, width], seed: 5, opset });
  // Up to +-8, where the pieces of hard activations and the tails of soft ones lie.
  const wide = g.add("Mul", [g.image, g.floats([8])]);
  const model = g.model(build(g, wide));
  const images = pictures(2, 3 * height * width, 6);
  for (const [method, seed] of [
    ["gradient", seeds.gradient],
    ["sglrp", seeds.sglrp],
  ] as readonly (readonly [MethodName, SeedRule])[]) {
    const results = await explainOnce(
      model,
      images,
      [
        [0, 2],
        [1, 2],
      ],
      { method, composite: "gradient" },
    );
    for (const [n, [k, target]] of [
      [1, 2],
      [0, 1],
    ].entries()) {
      const expected = gradient(model, images[n] ?? [], target ?? 0, seed);
      const found = mapOf(results, n, k ?? 0);
      expect.soft(found, `${method}, picture ${n}`).toBeNear(expected, 2e-5);
    }
  }
}

describe("activations", () => {
  test.each(activations)("$name", ({ build, opset = 17 }) =>
    check((g, x) => g.dense(g.flatten(build(g, x)), 48, 5), [4, 4], opset),
  );
});

describe("linear layers", () => {
  const few = [...weighted, ...unweighted].filter((_, i) => i % 2 === 0);
  test.each(few)("$name", (layer) => check((g, x) => g.flatten(layer.build(g, x)), layer.size ?? [6, 6], 17));
});

test("input x gradient", async () => {
  const g = network({ seed: 9 });
  const model = g.model(g.dense(g.flatten(g.add("Tanh", [g.conv(g.image, [2, 3, 3, 3])])), 32, 4));
  const images = pictures(1, 108, 9);
  const explained = await explainOnce(model, images, [[3]], { method: "input-x-gradient" });
  const [picture] = images;
  const expected = gradient(model, picture ?? [], 3, seeds.gradient).map(
    (slope, i) => slope * (picture?.[i] ?? 0),
  );
  expect(mapOf(explained)).toBeNear(expected, 1e-5);
});
