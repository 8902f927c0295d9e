/** The pure parts of `pnpm coverage`: when LRP-0 must be input x gradient, the small arithmetic, the page. */
import { type ConservationRow, compositeByName, type Problem } from "@onnx-lrp/core";
import { buildRelevanceGraph, canonicalize } from "@onnx-lrp/core/internal";
import { runtime } from "@onnx-lrp/node/internal";
import { floatValue as float, type Model, UserError } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { median, obstaclesOf, relativeDistance, shortReason, worstBalance } from "./coverage/src/measures.ts";
import { testPicture } from "./coverage/src/picture.ts";
import type { Result } from "./coverage/src/result.ts";
import { renderCoverage } from "./coverage/src/table.ts";
import { inequalities } from "./coverage/src/theory.ts";

async function inequalitiesOf(model: Model): Promise<string[]> {
  const canonical = await canonicalize(model, runtime);
  const { shapes, image } = canonical;
  return inequalities(
    buildRelevanceGraph(canonical.model, shapes, image, { composite: compositeByName("epsilon") }),
  );
}

/** Convolution, whatever `middle` does, pooling, classes. */
function around(middle: (g: Network, x: string) => string): Model {
  const g = network();
  const x = middle(g, g.conv(g.image, [4, 3, 3, 3]));
  return g.model(g.dense(g.flatten(g.add("GlobalAveragePool", [x])), 4, 5));
}

describe("LRP-0 is input x gradient", () => {
  const equal: [string, (g: Network, x: string) => string][] = [
    ["rectifiers", (g, x) => g.add("LeakyRelu", [g.add("Relu", [x])], { alpha: float(0.1) })],
    ["folded batch normalization", (g, x) => g.add("Relu", [g.norm(x, 4)])],
    ["maximum and average pooling", (g, x) => pooled(g, pooled(g, x, "MaxPool"), "AveragePool")],
    ["sums and joins of signals", (g, x) => g.conv(joined(g, g.add("Add", [x, x]), x), [4, 8, 1, 1])],
    ["a constant factor", (g, x) => g.add("Mul", [x, g.floats([0.5])])],
    ["Clip from 0 on", (g, x) => g.add("Clip", [x, g.floats([0], [])])],
  ];
  test.each(equal)("%s", async (_, middle) => {
    expect(await inequalitiesOf(around(middle))).toEqual([]);
  });

  const unequal: [string, string[], (g: Network, x: string) => string][] = [
    ["ReLU6", ["activation"], (g, x) => g.add("Clip", [x, g.floats([0], []), g.floats([6], [])])],
    ["a sigmoid", ["activation"], (g, x) => g.add("Sigmoid", [x])],
    ["SiLU written out", ["gate"], (g, x) => g.add("Mul", [x, g.add("Sigmoid", [x])])],
    ["a constant term", ["constant"], (g, x) => g.add("Add", [x, g.floats([0.5])])],
    ["batch normalization after a Relu", ["constant"], (g, x) => g.norm(g.add("Relu", [x]), 4)],
    ["local response normalization", ["normalization"], (g, x) => g.add("LRN", [x], { size: 3 })],
    ["attention", ["attention"], (g, x) => attended(g, x)],
    ["a product of two signals", ["attention"], (g, x) => g.add("MatMul", [x, x])],
    ["several", ["activation", "constant"], (g, x) => g.add("Sigmoid", [g.norm(g.add("Relu", [x]), 4)])],
  ];
  test.each(unequal)("not with %s", async (_, reasons, middle) => {
    expect(await inequalitiesOf(around(middle))).toEqual(reasons);
  });
});

function pooled(g: Network, x: string, op: "MaxPool" | "AveragePool"): string {
  return g.add(op, [x], { kernel_shape: [2, 2] });
}

/** Softmax(X X^T) X of maps X. */
function attended(g: Network, x: string): string {
  const turned = g.add("Transpose", [x], { perm: [0, 1, 3, 2] });
  return g.add("MatMul", [g.add("Softmax", [g.add("MatMul", [x, turned])]), x]);
}

function joined(g: Network, ...parts: string[]): string {
  return g.add("Concat", parts, { axis: 1 });
}

describe("measures", () => {
  test("relative distance and median", () => {
    expect(relativeDistance([3, 4], [3, 4])).toBe(0);
    expect(relativeDistance([3, 5], [3, 4])).toBeCloseTo(0.2, 12);
    expect(() => relativeDistance([1], [1, 2])).toThrow("1 numbers");
    expect(median([5, 1, 3])).toBe(3);
  });

  const row = (op: string, received: number, handedOn: number, bias = 0): ConservationRow => ({
    node: op.toLowerCase(),
    op,
    rule: "z+",
    relevanceIn: received,
    relevanceOut: handedOn,
    bias,
    stabilizer: 0,
    otherInputs: 0,
    constants: 0,
    zeroDenominator: 0,
  });

  test("the worst balance is that of the node that lost most of what it had", () => {
    const report = [
      row("logits", 10, 10),
      row("Gemm", 10, 9, 0.9),
      row("Conv", 9, 8.1, 0.9),
      row("Relu", 2, 1.9),
    ];
    const { error, at } = worstBalance(report);
    expect(error).toBeCloseTo(0.05, 12);
    expect(at).toBe("Relu relu (z+)");
  });

  test("a node that got next to nothing is measured by the seed", () => {
    const { error } = worstBalance([row("logits", 10, 10), row("Conv", 1e-8, 2e-8)]);
    expect(error).toBeCloseTo(1e-6, 12);
  });

  test("a balance that is no number is the worst there is", () => {
    expect(
      worstBalance([row("logits", 1, 1), row("Conv", Number.NaN, 1), row("Relu", 1, 0)]).error,
    ).toBeNaN();
  });

  test("obstacles are counted by operation and reason, without names", () => {
    const problem = (op: string, name: string, reason: string): Problem => ({
      node: { name, op, domain: "", inputs: [], outputs: ["y"], attributes: new Map() },
      reason,
      policies: [],
      error: new UserError("unsupported", `${reason}.`),
    });
    const found = obstaclesOf([
      problem("Softmax", "a", "an operation for which onnx-lrp has no rule"),
      problem("MatMul", "b", "not covered: it multiplies two values"),
      problem("MatMul", "c", "not covered: it multiplies two values"),
    ]);
    expect(found).toEqual([
      { op: "MatMul", reason: "multiplies two values", nodes: 2, example: "c" },
      { op: "Softmax", reason: "an operation for which onnx-lrp has no rule", nodes: 1, example: "a" },
    ]);
    expect(shortReason("The model has no picture. It has a sound.")).toBe("The model has no picture");
    expect(shortReason('The shape of the Add node "a/b" is unknown.')).toBe(
      "The shape of the Add node is unknown",
    );
  });

  test("the picture is the same each time, in the range of pixels, and has patches", () => {
    const picture = testPicture([3, 40, 48]);
    expect(picture).toEqual(testPicture([3, 40, 48]));
    expect(Math.max(...picture.map(Math.abs))).toBeLessThan(1.8);
    const mean = (row: number, column: number) =>
      picture.slice(row * 48 + column, row * 48 + column + 16).reduce((a, b) => a + b, 0) / 16;
    const patch = Array.from({ length: 16 }, (_, row) => mean(row, 0));
    expect(Math.max(...patch) - Math.min(...patch)).toBeLessThan(0.8);
    expect(
      new Set([mean(0, 0), mean(0, 16), mean(0, 32), mean(16, 0)].map((v) => v.toFixed(1))).size,
    ).toBeGreaterThan(2);
  });
});

test("the page has the sums, what was not explained, and the numbers by name", () => {
  const network = { library: "timm", family: "f", weightsMB: 12.34 } as const;
  const explained = (name: string, gradient: object): Result =>
    ({
      ...network,
      name,
      opset: 17,
      outcome: {
        kind: "explained",
        conservation: { error: 2.4e-6, at: "" },
        gradient,
        scores: 0,
        rounding: 3e-7,
        forwardSeconds: 0.01,
        explanationSeconds: 0.035,
      },
    }) as Result;
  const results: Result[] = [
    explained("zebra", { difference: 4e-7 }),
    { ...explained("ant", { unequal: ["constant", "gate"] }), fixedBatch: true },
    { ...network, name: "swin", outcome: { kind: "refused", reason: "no a|b", obstacles: [] } },
    {
      ...network,
      name: "vit",
      outcome: {
        kind: "refused",
        reason: "",
        obstacles: ["MatMul", "Softmax", "Pow"].map((op) => ({
          op,
          reason: "no rule",
          nodes: 2,
          example: "",
        })),
      },
    },
    {
      ...network,
      name: "huge",
      weightsMB: 2000,
      outcome: { kind: "left out", reason: "more than 1 GB of weights" },
    },
  ];
  const page = renderCoverage({ made: { machine: "2 cores", versions: "torch 2" }, results });
  expect(page).toContain("| timm | 5 | 2 | 2 | 0 | 0 | 1 |");
  expect(page).toContain("| huge | timm | left out | more than 1 GB of weights (2000 MB) |");
  expect(page).toContain("| swin | timm | refused | no a\\|b |");
  expect(page).toContain("| vit | timm | refused | 2 MatMul: no rule; 2 Softmax: no rule; and Pow |");
  expect(page.split("\n").filter((line) => /^\| (ant|zebra)/.test(line))).toEqual([
    "| ant | 12 | 17, batch 1 | 2e-6 | – (c, g) | 0 | 3e-7 | 0.010 | 0.035 | 3.5 |",
    "| zebra | 12 | 17 | 2e-6 | 4e-7 | 0 | 3e-7 | 0.010 | 0.035 | 3.5 |",
  ]);
});
