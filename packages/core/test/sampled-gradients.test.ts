/** SmoothGrad, VarGrad, integrated gradients and expected gradients against float64 sums over the very same samples. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, pixels, withExplainer } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { SampleOptions } from "../src/explanation-options.ts";
import { methodByName } from "../src/internal.ts";
import { baselineImage } from "../src/plan/baseline.ts";
import { drawSamples, resolveSampleOptions } from "../src/plan/samples.ts";
import { difference, total } from "./compare.ts";
import { backward, oneHot } from "./oracle/backward.ts";
import { runForward } from "./oracle/forward.ts";
import { wiringOf } from "./oracle/network.ts";
import { batchOf } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

type Options = NonNullable<Parameters<typeof explainerFor>[1]>;

function slope(model: Model, picture: ArrayLike<number>, target: number): Float64Array {
  const values = runForward(model, batchOf(model, [picture]));
  const classes = values.get(wiringOf(model).logits)?.data.length ?? 0;
  return backward(model, values, oneHot(classes, target)).get("image") ?? new Float64Array();
}

/** The method's formula, sample after sample. */
function expected(
  model: Model,
  name: string,
  image: Parameters<typeof baselineImage>[0] & Parameters<typeof drawSamples>[2],
  options: Options & SampleOptions,
  picture: Float32Array,
  target: number,
): Float64Array {
  const method = methodByName(name);
  if (method.kind !== "sampled") throw new Error(`${name} takes no samples`);
  const settled = resolveSampleOptions(method, options);
  const reference = baselineImage(image, options.baseline);
  const box = options.pixels ?? pixels;
  const { scales, bases, noise } = drawSamples(method, settled, image, reference, {
    ...options,
    pixels: box,
  });
  const size = picture.length;
  const terms = Array.from({ length: settled.samples }, (_, s) => {
    const base = (i: number) =>
      bases === undefined ? 0 : (bases.values[bases.shared ? i : s * size + i] ?? 0);
    const scale = scales?.[s] ?? 1;
    const at = Float64Array.from(
      picture,
      (x, i) => base(i) + scale * (x - base(i)) + (noise?.[s * size + i] ?? 0),
    );
    const g = slope(model, at, target);
    return method.reduce === "mean-times-difference" ? g.map((v, i) => v * ((picture[i] ?? 0) - base(i))) : g;
  });
  const mean = terms[0]?.map((_, i) => terms.reduce((sum, term) => sum + (term[i] ?? 0), 0) / terms.length);
  if (method.reduce !== "variance") return mean ?? new Float64Array();
  return Float64Array.from(
    mean ?? [],
    (m, i) => terms.reduce((sum, term) => sum + ((term[i] ?? 0) - m) ** 2, 0) / terms.length,
  );
}

/** Smooth, so that no sample lies at a kink. */
function smooth(batch: number | string, constantReshape = false): Model {
  const g = network({ seed: 71, input: [batch, 3, 5, 5] });
  const first = g.add("Softplus", [g.norm(g.conv(g.image, [4, 3, 3, 3]), 4)]);
  const second = g.add("Tanh", [g.conv(first, [4, 4, 2, 2])]);
  const flat = constantReshape ? g.add("Reshape", [second, g.ints([Number(batch), -1])]) : g.flatten(second);
  return g.model(g.dense(g.add("Elu", [g.dense(flat, 16, 5)]), 5, 4));
}

function channelsLast(): Model {
  const g = network({ seed: 72, input: ["N", 5, 5, 3] });
  const x = g.add("Transpose", [g.image], { perm: [0, 3, 1, 2] });
  return g.model(g.dense(g.flatten(g.add("Tanh", [g.conv(x, [4, 3, 3, 3])])), 36, 4));
}

function bytes(): Model {
  const g = network({ seed: 73, input: ["N", 5, 5, 3] });
  const x = g.add("Cast", [g.image], { to: 1 });
  const unit = g.add("Div", [g.add("Sub", [x, g.floats([120, 115, 100])]), g.floats([60, 58, 61])]);
  const turned = g.add("Transpose", [unit], { perm: [0, 3, 1, 2] });
  const model = g.model(g.dense(g.flatten(g.add("Tanh", [g.conv(turned, [4, 3, 3, 3])])), 36, 4));
  const inputs = [{ name: "image", type: { type: "uint8", dims: ["N", 5, 5, 3] } }] as const;
  return { ...model, graph: { ...model.graph, inputs } };
}

const wholeNumbers = pictures(3, 75, 74).map((picture) => picture.map((v) => Math.round(127 + 120 * v)));
const range = { pixels: { low: [0, 0, 0], high: [255, 255, 255] }, baseline: [124, 116, 104] };

interface Case {
  readonly model: Model;
  /** The same for one picture, where the model is for more. */
  readonly single?: Model;
  readonly images?: readonly Float32Array[];
  readonly options?: Options;
}

const cases: Readonly<Record<string, Case>> = {
  "any batch": { model: smooth("N") },
  "a batch of 1": { model: smooth(1) },
  "a batch of 1 that a Reshape knows": { model: smooth(1, true) },
  "a batch of 2": { model: smooth(2) },
  "a batch of 2 that a Reshape knows": { model: smooth(2, true), single: smooth("N") },
  "channels last": { model: channelsLast() },
  "pixels as bytes": { model: bytes(), images: wholeNumbers, options: range },
};

const names = ["smoothgrad", "vargrad", "integrated-gradients", "gradient-shap"] as const;

describe.each(names)("%s", (method) => {
  test.each(Object.entries(cases))(
    "%s",
    async (_, { model, single = model, images = pictures(3, 75, 75), options = {} }) => {
      const targets = [
        [0, 3],
        [1, 2],
        [2, 0],
      ];
      for (const { samples, batchSize } of [
        { samples: 10, batchSize: 4 },
        { samples: 3, batchSize: 16 },
      ]) {
        const all = { baseline: [0.1, -0.2, 0.3], ...options, method, samples, batchSize, seed: 5 };
        const explainer = await explainerFor(model, all);
        const results = await explainer.explain(images, targets);
        await explainer.release();
        for (const [n, k] of [
          [0, 1],
          [2, 0],
        ] as const) {
          const { target = -1, relevance = [] } = results[n]?.explanations[k] ?? {};
          expect(target).toBe(targets[n]?.[k]);
          const map = expected(single, method, explainer.image, all, images[n] ?? new Float32Array(), target);
          expect.soft(relevance, `${samples} samples, picture ${n}`).toBeNear(map, 5e-5);
        }
      }
    },
  );

  test("the same however many samples go through at once, and beside other targets", async () => {
    const model = residualNetwork({ seed: 5 });
    const images = pictures(2, 192, 76);
    const maps = [];
    for (const batchSize of [1, 3, 7, 20]) {
      const made = explainerFor(model, { method, samples: 7, batchSize, seed: 9 });
      const [results, alone] = await withExplainer(made, async (explainer) => [
        await explainer.explain(images, [
          [4, 0],
          [2, -1],
        ]),
        await explainer.explain(images, [[0], [2]]),
      ]);
      expect(mapOf(alone, 1)).toBeNear(mapOf(results, 1), 1e-6);
      maps.push(results.flatMap(({ explanations }) => explanations.map(({ relevance }) => relevance)));
    }
    const [first = [], ...others] = maps;
    for (const other of others) {
      for (const [i, map] of other.entries()) expect(map).toBeNear(first[i] ?? [], 2e-5);
    }
  });

  test("the seed decides, and nothing else", async () => {
    const run = async (seed: number) => {
      const explained = await explainOnce(smooth("N"), pictures(1, 75, 77), [[1]], {
        method,
        samples: 5,
        seed,
      });
      return mapOf(explained);
    };
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(first).toEqual(again);
    const same = difference(first, other) === 0;
    expect(same).toBe(method === "integrated-gradients");
  });
});

test("integrated gradients sum to the change of the logit, the nearer the more steps", async () => {
  const model = smooth("N");
  const gaps = [];
  for (const samples of [1, 2, 4, 8, 64]) {
    const [result] = await explainOnce(model, pictures(1, 75, 78), [[2, 0]], {
      method: "integrated-gradients",
      samples,
      baseline: [0.5],
    });
    const z0 = runForward(model, batchOf(model, [new Float32Array(75).fill(0.5)]));
    const before = z0.get(wiringOf(model).logits)?.data ?? [];
    for (const { convergenceDelta, relevance, logit, target } of result?.explanations ?? []) {
      expect(convergenceDelta).toBeCloseTo(total(relevance) - (logit - (before[target] ?? 0)), 4);
    }
    gaps.push(Math.abs(result?.explanations[0]?.convergenceDelta ?? Number.NaN));
  }
  const [one = 0, , four = 0, , many = 1] = gaps;
  expect(four).toBeLessThan(one / 4);
  expect(many).toBeLessThan(1e-3 * Math.max(one, 1e-2));
});

test("of a linear network one step is exact: the gradient times the difference", async () => {
  const g = network({ seed: 79 });
  const model = g.model(
    g.dense(
      g.flatten(g.add("AveragePool", [g.conv(g.image, [2, 3, 3, 3])], { kernel_shape: [2, 2] })),
      18,
      3,
    ),
  );
  const reference = pictures(1, 108, 80)[0] ?? new Float32Array();
  const images = pictures(2, 108, 81);
  for (const samples of [1, 3]) {
    const results = await explainOnce(model, images, [[0], [2]], {
      method: "integrated-gradients",
      samples,
      baseline: reference,
    });
    for (const [n, image] of images.entries()) {
      const { relevance = [], target = 0, convergenceDelta = 1 } = results[n]?.explanations[0] ?? {};
      const map = slope(model, image, target).map((v, i) => v * ((image[i] ?? 0) - (reference[i] ?? 0)));
      expect(relevance).toBeNear(map, 1e-5);
      expect(Math.abs(convergenceDelta)).toBeLessThan(1e-4);
    }
  }
});

test("expected gradients over given baselines", async () => {
  const model = smooth("N");
  const baselines = pictures(3, 75, 82);
  const options = { method: "gradient-shap", samples: 9, baselines, batchSize: 4, seed: 3 } as const;
  const explainer = await explainerFor(model, { ...options, pixels: undefined });
  const [image = new Float32Array()] = pictures(1, 75, 83);
  const explained = await explainer.explain([image], [[1]]);
  await explainer.release();
  const map = expected(model, "gradient-shap", explainer.image, options, image, 1);
  expect(mapOf(explained)).toBeNear(map, 5e-5);
  expect(explainer.record.settings).toMatchObject({ samples: 9, seed: 3, baselines: 3 });
});

test.each([[[124]], [[123.68, 116.28, 103.53]]])(
  "a network of whole numbers has a reference of whole numbers: %o",
  async (reference) => {
    const picture = wholeNumbers[0] ?? new Float32Array();
    for (const method of ["integrated-gradients", "deeplift"] as const) {
      const [result] = await explainOnce(bytes(), [picture], [[1]], {
        method,
        samples: 60,
        baseline: reference,
      });
      const { convergenceDelta = 1, relevance = [], logit = 0 } = result?.explanations[0] ?? {};
      const rounded = Float64Array.from(picture, (_, i) => Math.round(reference[i % reference.length] ?? 0));
      const values = runForward(bytes(), batchOf(bytes(), [rounded]));
      const before = values.get(wiringOf(bytes()).logits)?.data[1] ?? 0;
      expect(convergenceDelta).toBeCloseTo(total(relevance) - (logit - before), 4);
      expect(Math.abs(convergenceDelta)).toBeLessThan(2e-3);
    }
  },
);

describe("networks that cannot take more pictures", () => {
  const without = () => {
    const g = network({ seed: 86, input: [3, 5, 5] });
    const x = g.add("Unsqueeze", [g.image, g.ints([0])]);
    return g.model(g.dense(g.flatten(g.conv(x, [2, 3, 3, 3])), 18, 4));
  };
  const beside = () => {
    const g = network({ seed: 87, input: [1, 3, 5, 5] });
    const seen = g.dense(g.flatten(g.conv(g.image, [2, 3, 3, 3])), 18, 4);
    return g.model(g.dense(g.add("Concat", [seen, g.weights([1, 2])], { axis: 1 }), 6, 4));
  };
  test.each([
    ["no batch dimension", without],
    ["a constant for one picture", beside],
  ] as const)("%s", async (_, make) => {
    const explainer = explainerFor(make(), { method: "smoothgrad", samples: 3 });
    await expect(explainer).rejects.toThrow(/takes 1 picture per run and cannot be made to take more/);
    await expect(explainer).rejects.toMatchObject({ kind: "unsupported" });
    const plain = await explainerFor(make(), { method: "gradient" });
    await plain.release();
  });
});

test("no noise leaves the gradient, and no variance", async () => {
  const [image = new Float32Array()] = pictures(1, 75, 84);
  const model = smooth("N");
  for (const [method, size] of [
    ["smoothgrad", 1],
    ["vargrad", 0],
  ] as const) {
    const results = await explainOnce(model, [image], [[3]], { method, samples: 3, noise: 0 });
    const map = slope(model, image, 3).map((v) => v * size);
    const found = mapOf(results);
    expect(Math.hypot(...Array.from(found, (v, i) => v - (map[i] ?? 0)))).toBeLessThan(
      1e-6 * Math.hypot(1, ...map),
    );
  }
});

test.each([
  { samples: 0 },
  { samples: 2.5 },
  { noise: -1 },
  { batchSize: 0 },
  { pixels: undefined },
  { composite: "zplus" },
  { baseline: [1, 2] },
] as const)("what is refused: %o", async (options) => {
  await expect(explainerFor(smooth("N"), { method: "smoothgrad", ...options })).rejects.toMatchObject({
    kind: "usage",
  });
});
