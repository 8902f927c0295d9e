/** Regions of an output with scores at several places, against classifiers that are made of them by hand. */
import type { ExplainerOptions, MethodName } from "@onnx-lrp/core";
import { elementsOf, scoreLayout } from "@onnx-lrp/core/internal";
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { pictures } from "../pictures.ts";

const [rows, columns, classes] = [6, 6, 3];

/** Scores of three classes at each pixel, channels first or last; the same weights every time. */
function trunk(channelsLast: boolean, positive = false): { g: Network; scores: string } {
  const g = network({ input: ["N", 3, rows, columns], seed: 9 });
  const wide = g.add("Relu", [g.conv(g.image, [5, 3, 3, 3], { pads: [1, 1, 1, 1] })]);
  const low = g.add("MaxPool", [wide], { kernel_shape: [2, 2], strides: [2, 2] });
  const deep = g.add("Relu", [g.conv(low, [4, 5, 3, 3], { pads: [1, 1, 1, 1] })]);
  const scales = g.floats([1, 1, 2, 2]);
  const up = g.add("Resize", [deep, "", scales], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
  });
  const joined = g.add("Concat", [wide, up], { axis: 1 });
  const signed = g.conv(joined, [classes, 9, 1, 1]);
  const scores = positive ? g.add("Relu", [signed]) : signed;
  return { g, scores: channelsLast ? g.add("Transpose", [scores], { perm: [0, 2, 3, 1] }) : scores };
}

function segmenter(channelsLast = false, positive = false): Model {
  const { g, scores } = trunk(channelsLast, positive);
  return g.model(scores);
}

/** The classifier whose scores are sums over places, by class: [N, classes] = sum over places of mask x scores. */
function classifier(mask: readonly number[], positive = false): Model {
  const { g, scores } = trunk(false, positive);
  const masked = g.add("Mul", [scores, g.floats(mask, [1, 1, rows, columns])]);
  return g.model(g.add("ReduceSum", [masked, g.ints([2, 3])], { keepdims: 0 }));
}

const [picture = new Float32Array()] = pictures(1, 3 * rows * columns, 4);
const mask = Array.from({ length: rows * columns }, (_, i) => Number(i % 3 === 0 || i % 7 === 2));

/** The mask at one class, as the scores lie. */
async function weightsOf(model: Model, index: number, places: readonly number[]): Promise<Float32Array> {
  return withExplainer(explainerFor(model, { method: "gradient" }), ({ head }) => {
    const { after } = scoreLayout(head);
    const weights = new Float32Array(elementsOf(head));
    for (const [place, weight] of places.entries()) {
      weights[after === 1 ? place * classes + index : index * after + place] = weight;
    }
    return weights;
  });
}

const same: readonly ExplainerOptions[] = [
  { method: "lrp", composite: "epsilon" },
  { method: "gradient" },
  { method: "input-x-gradient" },
  { method: "integrated-gradients", samples: 4 },
  { method: "smoothgrad", samples: 3 },
  { method: "grad-cam", layer: "Concat6" },
  { method: "deeplift" },
  { method: "occlusion", window: 2, score: "logit" },
];

describe.each([false, true])("channels last: %s", (channelsLast) => {
  const model = segmenter(channelsLast);

  test.each(same.map((options) => [`${options.method} ${options.composite ?? ""}`, options] as const))(
    "a region is the classifier that sums it: %s",
    async (_, options) => {
      const weights = [await weightsOf(model, 1, mask), await weightsOf(model, 2, mask)];
      const results = await explainOnce(
        model,
        [picture],
        [weights.map((own) => ({ weights: own }))],
        options,
      );
      const wanted = await explainOnce(classifier(mask), [picture], [[1, 2]], options);
      for (const k of [0, 1]) expect(mapOf(results, 0, k)).toBeNear(mapOf(wanted, 0, k), 1e-5);
      expect(results[0]?.explanations[0]?.logit).toBeCloseTo(wanted[0]?.explanations[0]?.logit ?? 0, 4);
    },
  );

  test("by zplus too, where all scores of the region speak for the class", async () => {
    const options = { method: "lrp", composite: "zplus" } as const;
    const positive = segmenter(channelsLast, true);
    const weights = await weightsOf(positive, 1, mask);
    const found = await explainOnce(positive, [picture], [[{ weights }]], options);
    expect(mapOf(found)).toBeNear(
      mapOf(await explainOnce(classifier(mask, true), [picture], [[1]], options)),
      1e-5,
    );
  });

  test.each(["sglrp", "clrp", "lrp"] as const)(
    "the map of a region is the sum of those of its places: %s",
    async (method) => {
      const places = [4, 17, 30];
      const one = (at: readonly number[]) =>
        Array.from({ length: rows * columns }, (_, i) => Number(at.includes(i)));
      const whole = { weights: await weightsOf(model, 1, one(places)) };
      const options = { method, composite: "zplus-box" } as const;
      const [sum] = [mapOf(await explainOnce(model, [picture], [[whole]], options))];
      const parts = await Promise.all(
        places.map(async (place) => ({ weights: await weightsOf(model, 1, one([place])) })),
      );
      const each = await explainOnce(model, [picture], [parts], options);
      const added = sum.map((__, i) =>
        places.reduce((total, ___, k) => total + (mapOf(each, 0, k)[i] ?? 0), 0),
      );
      expect(sum).toBeNear(added, 1e-5);
    },
  );
});

test("at one place SGLRP is that of the classifier that has this place alone, with its scale", async () => {
  const place = 2 * columns + 3;
  const only = Array.from({ length: rows * columns }, (_, i) => Number(i === place));
  const model = segmenter();
  const options = { method: "sglrp", composite: "epsilon" } as const;
  const [found] = await explainOnce(
    model,
    [picture],
    [[{ weights: await weightsOf(model, 2, only) }]],
    options,
  );
  const [wanted] = await explainOnce(classifier(only), [picture], [[2]], options);
  expect(found?.explanations[0]?.relevance).toBeNear(wanted?.explanations[0]?.relevance ?? [], 1e-5);
  expect(found?.explanations[0]?.seedScale).toBeCloseTo(wanted?.explanations[0]?.seedScale ?? 0, 6);
  expect(found?.explanations[0]?.probability).toBeCloseTo(wanted?.explanations[0]?.probability ?? 0, 6);
});

test("a contrast at a region is that of the classifier", async () => {
  const model = segmenter();
  const options: ExplainerOptions = { method: "gradient", contrast: true };
  const [target, other] = [await weightsOf(model, 0, mask), await weightsOf(model, 2, mask)];
  const found = await explainOnce(model, [picture], [[{ weights: target }]], options, [[{ weights: other }]]);
  const wanted = await explainOnce(classifier(mask), [picture], [[0]], options, [[2]]);
  expect(mapOf(found)).toBeNear(mapOf(wanted), 1e-5);
  const [own] = found[0]?.explanations ?? [];
  expect(own).toMatchObject({ target: 0, seedScale: 1 });
  expect(own?.logit).toBeCloseTo(wanted[0]?.explanations[0]?.logit ?? 0, 4);
});

describe("the exported model", () => {
  test.each(["lrp", "gradient", "grad-cam"] satisfies MethodName[])(
    "takes target_weights in the output's shape: %s",
    async (method) => {
      const model = segmenter();
      await withExplainer(explainerFor(model, { method }), async (explainer) => {
        const { compiled } = explainer.prepared ?? {};
        if (compiled === undefined) throw new Error("no model");
        expect(compiled.names.targets).toBe("target_weights");
        const input = compiled.model.graph.inputs.find(({ name }) => name === "target_weights");
        expect(input?.type?.dims?.slice(2)).toEqual([classes, rows, columns]);
        const weights = await weightsOf(model, 1, mask);
        const session = await ort.InferenceSession.create(writeModel(compiled.model));
        const outputs = await session.run({
          [model.graph.inputs[0]?.name ?? ""]: new ort.Tensor("float32", picture, [1, 3, rows, columns]),
          target_weights: new ort.Tensor("float32", weights, [1, 1, classes, rows, columns]),
        });
        await session.release();
        const wanted = mapOf(await explainer.explain([picture], [[{ weights }]]));
        expect(outputs.relevance?.data as Float32Array).toBeNear(wanted, 1e-6);
        expect(outputs.logits?.dims).toEqual([1, classes, rows, columns]);
        expect(outputs.target_classes).toBeUndefined();
      });
    },
  );

  test("a plain classifier can be asked with weights too", async () => {
    const model = classifier(mask);
    const options: ExplainerOptions = { method: "lrp", composite: "epsilon" };
    const [byClass] = await explainOnce(model, [picture], [[1]], options);
    const asked = [[{ weights: Float32Array.of(0, 1, 0) }]];
    const [byWeight] = await explainOnce(model, [picture], asked, { ...options, targetForm: "weights" });
    expect(byWeight?.explanations[0]?.relevance).toBeNear(byClass?.explanations[0]?.relevance ?? [], 1e-6);
    expect(byWeight?.explanations[0]?.target).toBe(1);
  });
});
