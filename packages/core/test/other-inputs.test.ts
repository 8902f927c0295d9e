/** What relevance goes to other inputs that were given a value: what a network whose one input has all of them gives them. */
import { type Model, tensorNumbers } from "@onnx-lrp/onnx-loader";
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { value } from "@onnx-lrp/test-kit/model";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { total } from "./compare.ts";
import { composites } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

const age = [0.75, -0.5, 0.3125];
const sex = [0.875, -0.375];
const imageSize = 32;

interface Values {
  readonly image: string;
  readonly age: string;
  /** Four features of both other inputs. */
  table(g: Network): string;
}

/** A picture's features, between another input as it is and what a layer makes of that and a third. */
function scores(g: Network, x: Values): string {
  const seen = g.add("Relu", [g.conv(x.image, [3, 2, 3, 3], { pads: [1, 1, 1, 1] })]);
  const features = g.flatten(g.add("MaxPool", [seen], { kernel_shape: [2, 2], strides: [2, 2] }));
  const all = g.add("Concat", [x.age, features, x.table(g)], { axis: 1 });
  return g.dense(g.add("Relu", [g.dense(all, 19, 6)]), 6, 4);
}

function withInputs(model: Model, sizes: Readonly<Record<string, number>>): Model {
  const more = Object.entries(sizes).map(([name, size]) => value(name, ["N", size]));
  return { ...model, graph: { ...model.graph, inputs: [...model.graph.inputs, ...more] } };
}

function severalInputs(): Model {
  const g = network({ input: ["N", 2, 4, 4], seed: 301 });
  const table = () => g.add("Relu", [g.dense(g.add("Concat", ["age", "sex"], { axis: 1 }), 5, 4)]);
  return withInputs(g.model(scores(g, { image: g.image, age: "age", table })), { age: 3, sex: 2 });
}

/** The same network of the picture, the second input, and the four features, all in a row. */
function oneInput(): Model {
  const g = network({ input: ["N", imageSize + 3 + 4], seed: 301 });
  const part = (from: number, to: number) =>
    g.add("Slice", [g.image, g.ints([from]), g.ints([to]), g.ints([1])]);
  return g.model(
    scores(g, {
      image: g.add("Reshape", [part(0, imageSize), g.ints([-1, 2, 4, 4])]),
      age: part(imageSize, imageSize + 3),
      table() {
        // The other network's layer has drawn these.
        g.weights([5, 4]);
        g.weights([4], -0.3, 0.3);
        return part(imageSize + 3, imageSize + 7);
      },
    }),
  );
}

const several = severalInputs();
const one = oneInput();
const inputs = pictures(2, imageSize, 5);
const feeds = { age: { data: age, shape: [3] }, sex: { data: sex, shape: [2] } };
const options = { input: "image", feeds, pixels: { low: [-1.1], high: [1.1] } };

/** What the layer over the two inputs makes of them. */
function table(): number[] {
  const [layer] = several.graph.nodes.filter(({ op }) => op === "Gemm");
  const [weight = [], bias = []] = (layer?.inputs.slice(1) ?? []).map((name) => {
    const tensor = several.graph.initializers.get(name);
    return tensor === undefined ? [] : [...tensorNumbers(tensor)];
  });
  return bias.map((b, j) =>
    Math.max(
      0,
      [...age, ...sex].reduce((sum, x, i) => sum + x * (weight[4 * i + j] ?? 0), b),
    ),
  );
}

describe.each(["zplus", "epsilon", "epsilon-alpha2-beta1"] as const)("%s", (composite) => {
  test.each(["lrp", "sglrp", "clrp"] as const)("%s", async (method) => {
    const targets = [
      [2, 0],
      [1, 3],
    ];
    const results = await explainOnce(several, inputs, targets, { ...options, method, composite });
    let largest = 0;
    for (const [n, input] of inputs.entries()) {
      for (const [k, { relevance, otherInputs = [] }] of (results[n]?.explanations ?? []).entries()) {
        const how = { seed: seeds[method], composite: composites[composite] };
        const row = [...input, ...age, ...table()];
        const [wanted = []] = explain(one, [row], [targets[n]?.[k] ?? 9], how).maps;
        const parts = [wanted.slice(imageSize, imageSize + 3), wanted.slice(imageSize + 3)].map(total);
        expect(relevance).toBeNear(wanted.slice(0, imageSize), 1e-5);
        expect(otherInputs.map((group) => group.inputs)).toEqual([["age"], ["age", "sex"]]);
        expect(otherInputs.map((group) => group.relevance)).toBeNear(parts, 1e-5);
        largest = Math.max(largest, ...parts.map(Math.abs));
      }
    }
    expect(largest).toBeGreaterThan(1e-2);
  });
});

test("with the map it sums to the logit, where nothing is kept back", async () => {
  const rules = { method: "lrp", composite: "zplus" } as const;
  const results = await explainOnce(several, inputs, [[0], [1]], { ...options, ...rules });
  for (const { explanations } of results)
    for (const { relevance, logit, otherInputs = [] } of explanations) {
      const others = total(otherInputs.map((each) => each.relevance));
      expect(Math.abs(others)).toBeGreaterThan(1e-3);
      expect(Math.abs(total(relevance) + others - logit)).toBeLessThan(1e-5 * Math.max(1, Math.abs(logit)));
    }
});

test("and the conservation report says at which node it left", async () => {
  const rules = { method: "lrp", composite: "epsilon", conservation: true } as const;
  const [result] = await explainOnce(several, inputs.slice(0, 1), [[0]], { ...options, ...rules });
  const report = result?.conservation?.[0] ?? [];
  const leaving = report.filter(({ otherInputs }) => otherInputs !== 0);
  expect(leaving.map(({ op }) => op)).toEqual(["Concat"]);
  const others = total(result?.explanations[0]?.otherInputs?.map(({ relevance }) => relevance) ?? []);
  expect(leaving[0]?.otherInputs).toBeCloseTo(others, 5);
  for (const row of report) {
    const kept = row.bias + row.stabilizer + row.zeroDenominator + row.otherInputs;
    expect.soft(row.relevanceIn - row.relevanceOut - kept, row.node).toBeCloseTo(0, 4);
  }
});

describe("what other inputs are", () => {
  test("factors and terms take no relevance", async () => {
    const g = network({ input: ["N", 2, 4, 4], seed: 302 });
    const features = g.flatten(g.conv(g.image, [3, 2, 3, 3]));
    const changed = g.add("Add", [g.add("Mul", [features, "gain"]), "offset"]);
    const model = withInputs(g.model(g.dense(changed, 12, 4)), { gain: 12, offset: 12 });
    const given = { ...options, feeds: { gain: 2, offset: 0.5 } };
    const [result] = await explainOnce(model, inputs.slice(0, 1), [[1]], { ...given, method: "lrp" });
    expect(result?.explanations[0]?.otherInputs).toEqual([
      { inputs: ["gain"], relevance: 0 },
      { inputs: ["offset"], relevance: 0 },
    ]);
  });

  test("what is chosen in the picture's place takes its relevance", async () => {
    const g = network({ input: ["N", 4], seed: 303 });
    const chosen = g.add("Where", [g.add("Cast", [g.floats([1, 0, 1, 0])], { to: 9 }), g.image, "instead"]);
    const weight = g.floats([1, 0, 2, 0, 3, 1, 4, 0], [4, 2]);
    const model = withInputs(g.model(g.add("MatMul", [chosen, weight])), { instead: 4 });
    const [result] = await explainOnce(model, [Float32Array.of(1, 1, 1, 1)], [[0]], {
      ...{ input: "image", feeds: { instead: 0.5 }, pixels: undefined },
      ...{ method: "lrp", composite: "zplus" },
    });
    // x = (1, 0.5, 1, 0.5), z = 1 + 1 + 3 + 2.
    const [explanation] = result?.explanations ?? [];
    expect(explanation?.relevance).toBeNear([1, 0, 3, 0], 1e-6);
    expect(explanation?.otherInputs).toEqual([{ inputs: ["instead"], relevance: expect.closeTo(3, 5) }]);
  });

  test("nothing is said without them, and of methods that propagate no single map", async () => {
    const own = network({ input: ["N", 2, 4, 4], seed: 304 });
    const alone = own.model(own.dense(own.flatten(own.conv(own.image, [3, 2, 3, 3])), 12, 4));
    const [none] = await explainOnce(alone, inputs.slice(0, 1), [[1]], { pixels: options.pixels });
    expect(none?.explanations[0]).not.toHaveProperty("otherInputs");
    for (const method of ["gradient", "clrp-gu", "grad-cam"] as const) {
      const [result] = await explainOnce(several, inputs.slice(0, 1), [[1]], { ...options, method });
      expect(result?.explanations[0], method).not.toHaveProperty("otherInputs");
    }
  });
});
