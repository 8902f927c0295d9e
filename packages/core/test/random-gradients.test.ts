/** Methods made of gradients on random networks, against a float64 backward pass. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type MethodName, methodNames } from "../src/index.ts";
import { type Bent, backward, oneHot } from "./oracle/backward.ts";
import { enlarged } from "./oracle/bilinear.ts";
import { runForward } from "./oracle/forward.ts";
import { wiringOf } from "./oracle/network.ts";
import { batchOf } from "./oracle/relevance.ts";
import { pictures } from "./pictures.ts";
import { build, recipe } from "./random-network.ts";

const rectifiers = new Set(["Relu", "Clip", "LeakyRelu", "Elu", "HardSwish", "Softplus"]);
const deconvnet: Bent = ({ node, r }) => (rectifiers.has(node.op) ? r.map((v) => Math.max(v, 0)) : undefined);
const guided: Bent = ({ node, r, slope }) =>
  rectifiers.has(node.op) ? r.map((v, i) => Math.max(v, 0) * (slope[i] ?? 0)) : undefined;

function at(model: Model, picture: ArrayLike<number>, target: number, bent?: Bent) {
  const values = runForward(model, batchOf(model, [picture]));
  const classes = values.get(wiringOf(model).logits)?.data.length ?? 0;
  const gradients = backward(model, values, oneHot(classes, target), bent);
  const of = (name: string) => gradients.get(name) ?? new Float64Array(90);
  return { values, of };
}

/** The positive part of a layer's activations times the gradient, or its positive part. */
function layerMap(
  model: Model,
  picture: ArrayLike<number>,
  target: number,
  layer: string,
  positive: boolean,
): Float64Array {
  const { values, of } = at(model, picture, target);
  const activations = values.get(layer);
  const [, , h = 0, w = 0] = activations?.dims ?? [];
  const sum = new Float64Array(h * w);
  for (const [i, g] of of(layer).entries()) {
    const weight = positive ? Math.max(g, 0) : g;
    sum[i % (h * w)] = (sum[i % (h * w)] ?? 0) + weight * (activations?.data[i] ?? 0);
  }
  return enlarged(
    sum.map((v) => Math.max(v, 0)),
    [h, w],
    [5, 6],
    "centres",
  );
}

type Reference = (model: Model, picture: Float32Array, target: number, layer: string) => Float64Array;

const references: Readonly<Partial<Record<MethodName, Reference>>> = {
  deconvnet: (model, picture, target) => at(model, picture, target, deconvnet).of("image"),
  "guided-backprop": (model, picture, target) => at(model, picture, target, guided).of("image"),
  "integrated-gradients": (model, picture, target) => {
    const steps = [1 / 6, 3 / 6, 5 / 6].map((share) => {
      const part = Float64Array.from(picture, (v) => v * share);
      return at(model, part, target).of("image");
    });
    return Float64Array.from(picture, (v, i) => (v * steps.reduce((sum, g) => sum + (g[i] ?? 0), 0)) / 3);
  },
  hirescam: (model, picture, target, layer) => layerMap(model, picture, target, layer, false),
  layercam: (model, picture, target, layer) => layerMap(model, picture, target, layer, true),
};

// Of a map that is nearly even it makes numbers out of rounding.
const steady = recipe.filter(({ steps }) => steps.every(({ kind }) => kind !== "instanceNorm"));
const numRuns = Number(process.env.ONNX_LRP_NETWORKS ?? 6);

const referenced = methodNames.flatMap((name) => {
  const reference = references[name];
  return reference === undefined ? [] : [[name, reference] as const];
});

test.each(referenced)(
  "%s",
  async (method, reference) => {
    let [seen, compared] = [0, 0];
    const property = fc.asyncProperty(steady, async (given) => {
      const model = build(given);
      const images = pictures(2, 90, 21);
      const explainer = await explainerFor(model, { method, samples: 3, batchSize: 2 }).catch(
        (error: Error) => error,
      );
      if (explainer instanceof Error) {
        // Some end in a single place.
        expect(explainer.message).toMatch(/has no layer of the form/);
        return;
      }
      const results = await explainer.explain(images, [
        [0, 1],
        [3, 2],
      ]);
      await explainer.release();
      const name = explainer.record.settings.layer;
      const layer =
        explainer.prepared?.compiled.model.graph.nodes.find((node) => node.name === name)?.outputs[0] ?? "";
      for (const [n, k] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const { target = 0, relevance = [] } = results[n]?.explanations[k] ?? {};
        const map = reference(model, images[n] ?? new Float32Array(), target, layer);
        seen += 1;
        if (Math.hypot(...map) < 1e-5) {
          expect(Math.hypot(...relevance)).toBeLessThan(2e-5);
          continue;
        }
        expect(relevance, `picture ${n}, class ${target}`).toBeNear(map, 5e-4);
        compared += 1;
      }
    });
    await fc.assert(property, { numRuns, seed: 2020, endOnFailure: true });
    expect(seen).toBeGreaterThan(numRuns);
    expect(compared).toBeGreaterThanOrEqual(0.75 * seen);
  },
  600_000,
);
