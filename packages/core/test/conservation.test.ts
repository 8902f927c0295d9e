import { floatValue as float } from "@onnx-lrp/onnx-loader";
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { total } from "./compare.ts";
import { oracleComposites } from "./oracle/composites.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

test("zplus hands on exactly what it got", async () => {
  const g = network({ input: ["N", 3, 8, 8] });
  const first = g.add("LeakyRelu", [g.norm(g.conv(g.image, [4, 3, 3, 3]), 4)]);
  const second = g.add("Tanh", [g.conv(g.add("MaxPool", [first], { kernel_shape: [2, 2] }), [4, 4, 3, 3])]);
  const scores = g.dense(g.add("LeakyRelu", [g.dense(g.flatten(second), 36, 8)]), 8, 5);
  for (const composite of ["zplus", "zplus-box"] as const) {
    const results = await explainOnce(
      g.model(scores),
      pictures(3, 192),
      [0, 1, 2].map(() => [0, 1, 2, 3, 4]),
      { method: "lrp", composite },
    );
    for (const { relevance, logit } of results.flatMap(({ explanations }) => explanations))
      expect(Math.abs(total(relevance) - logit)).toBeLessThan(1e-5 * Math.abs(logit));
  }
});

test("zplus loses nothing but where a denominator is zero", async () => {
  const model = residualNetwork({ signed: true });
  const results = await explainOnce(
    model,
    pictures(3, 192),
    [0, 1, 2].map(() => [0, 3]),
    { method: "lrp", composite: "zplus", conservation: true },
  );
  let anything = 0;
  for (const { explanations, conservation = [] } of results)
    for (const [k, { relevance, logit }] of explanations.entries()) {
      const lost = total(conservation[k]?.map(({ zeroDenominator }) => zeroDenominator) ?? []);
      anything += Math.abs(lost);
      expect(Math.abs(total(relevance) + lost - logit)).toBeLessThan(1e-5 * Math.abs(logit));
    }
  expect(anything).toBeGreaterThan(0);
});

describe.each(oracleComposites)("the report of %s", (composite) => {
  test.each(["lrp", "sglrp"] as const)("adds up, %s", async (method) => {
    const model = residualNetwork();
    const results = await explainOnce(
      model,
      pictures(3, 192),
      [
        [0, 1],
        [2, 3],
        [4, 0],
      ],
      { method, composite, conservation: true },
    );
    for (const { conservation = [], explanations, logits } of results) {
      for (const [k, report] of conservation.entries()) {
        const explained = explanations[k];
        if (explained === undefined) throw new Error("no explanation");
        const [seed] = report;
        const placed = method === "lrp" ? (logits[explained.target] ?? Number.NaN) : 0;
        expect.soft(Math.abs((seed?.relevanceIn ?? Number.NaN) - placed)).toBeLessThan(1e-5);
        for (const row of report) {
          const rest = row.relevanceIn - row.relevanceOut - row.bias - row.stabilizer - row.zeroDenominator;
          // Sums of both signs: what rounding leaves is of the size of their largest part.
          const size = Math.max(
            ...[row.relevanceIn, row.relevanceOut, row.bias, row.stabilizer, row.zeroDenominator].map(
              Math.abs,
            ),
            0.1,
          );
          expect.soft(Math.abs(rest) / size, `${row.node}: ${JSON.stringify(row)}`).toBeLessThan(1e-4);
        }
        const first = report.filter(({ node }) => node === "Conv0").at(0);
        expect.soft(Math.abs(total(explained.relevance) - (first?.relevanceOut ?? 9))).toBeLessThan(1e-3);
      }
    }
  });
});

test("what a bias, a stabilizer and a zero denominator keep back is told apart", async () => {
  // One pixel, one layer each: y = 2 x + 1, then z = 3 relu(y), of which a second channel is dead.
  const g = network({ input: ["N", 1, 1, 2] });
  const first = g.add("Conv", [g.image, g.floats([2, -5], [2, 1, 1, 1]), g.floats([1, 0])]);
  const dense = g.floats([3, 3, 0, 0, 0, 0, 0, 1], [4, 2]);
  const scores = g.add("Gemm", [g.flatten(g.add("Relu", [first])), dense, g.floats([0.5, 4])], {
    alpha: float(1),
  });
  const [result] = await explainOnce(g.model(scores), [Float32Array.of(1, 0)], [[0]], {
    method: "lrp",
    composite: "epsilon",
    pixels: undefined,
    conservation: true,
    parameters: { epsilon: 0.5 },
  });
  // x = (1, 0): first = (3, 1; -5, 0), relu = (3, 1, 0, 0), z_0 = 9.5, and 9.5 / (9.5 + 0.5) of each share.
  const row = result?.conservation?.[0]?.find(({ op }) => op === "Gemm");
  expect(row?.relevanceIn).toBeCloseTo(9.5, 5);
  expect(row?.relevanceOut).toBeCloseTo(9.5 * 0.9, 5);
  expect(row?.bias).toBeCloseTo(9.5 * 0.05, 5);
  expect(row?.stabilizer).toBeCloseTo(9.5 * 0.05, 5);
});

test("what goes to constants among a signal's elements has a column of its own", async () => {
  const [x, y] = [1, 2];
  const [constant, weights] = [3, [2, 1, 4]];
  const rowOf = async (join: (g: Network, pixels: string) => string) => {
    const g = network({ input: ["N", 1, 1, 2] });
    const joined = join(g, g.flatten(g.image));
    const scores = g.add("MatMul", [joined, g.floats(weights, [3, 1])]);
    const options = { method: "lrp", composite: "epsilon", conservation: true } as const;
    const [result] = await explainOnce(g.model(scores), [Float32Array.of(x, y)], [[0]], options);
    return result?.conservation?.[0]?.find(({ op }) => ["Concat", "Pad", "Where"].includes(op));
  };
  // 2 x + 1 y + 4 * 3 = 16, of which the constant's part is 12.
  const behind = { relevanceIn: 16, relevanceOut: 4, constants: 12, bias: 0, otherInputs: 0 };
  const close = Object.fromEntries(
    Object.entries(behind).map(([name, value]) => [name, expect.closeTo(value, 4)]),
  );
  expect(
    await rowOf((g, pixels) => {
      const batch = g.add("Slice", [g.add("Shape", [pixels]), g.ints([0]), g.ints([1])]);
      const sizes = g.add("Concat", [batch, g.ints([1])], { axis: 0 });
      const token = g.add("Expand", [g.floats([constant], [1, 1]), sizes]);
      return g.add("Concat", [pixels, token], { axis: 1 });
    }),
  ).toMatchObject({ op: "Concat", ...close });
  expect(
    await rowOf((g, pixels) => g.add("Pad", [pixels, g.ints([0, 0, 0, 1]), g.floats([constant], [])])),
  ).toMatchObject({ op: "Pad", ...close });
  expect(
    await rowOf((g, pixels) => {
      const three = g.add("Pad", [pixels, g.ints([0, 0, 0, 1])]);
      const mask = g.add("Greater", [g.floats([1, 1, 0], [1, 3]), g.floats([0.5], [])]);
      return g.add("Where", [mask, three, g.floats([constant], [])]);
    }),
  ).toMatchObject({ op: "Where", ...close });
});
