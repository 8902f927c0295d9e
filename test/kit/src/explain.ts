/** Explainers with the session options that the product has, released whatever happens. */
import { createExplainer, type Explainer, type ExplainerOptions } from "@onnx-lrp/core";
import type { OpenSession } from "@onnx-lrp/core/internal";
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import * as ort from "onnxruntime-node";

export const openSession: OpenSession = (model) =>
  ort.InferenceSession.create(writeModel(model), {
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });

/** Bounds of random pictures between -1 and 1, a little beyond them. */
export const pixels = { low: [-1.1, -1.2, -1.3], high: [1.1, 1.2, 1.3] };

/** `pixels` for a model of pictures with three channels, the widest of them for all channels of another. */
export function boundsFor(model: Model): typeof pixels {
  const dims = model.graph.inputs[0]?.type?.dims ?? [];
  // With a batch or without one, channels first or last.
  const hasThree =
    dims.length === 4
      ? dims[1] === 3 || dims[3] === 3
      : dims.length === 3 && (dims[0] === 3 || dims[2] === 3);
  return hasThree ? pixels : { low: [-1.3], high: [1.3] };
}

export function explainerFor(model: Model, options: ExplainerOptions = {}): Promise<Explainer> {
  return createExplainer(ort, model, { openSession, batchSize: 3, pixels: boundsFor(model), ...options });
}

/** Uses an explainer and releases it, also if a check fails. */
export async function withExplainer<E extends { release(): Promise<void> }, T>(
  made: E | Promise<E>,
  use: (explainer: E) => T | Promise<T>,
): Promise<T> {
  const explainer = await made;
  try {
    return await use(explainer);
  } finally {
    await explainer.release();
  }
}

type Explain = Explainer["explain"];

/** The results of one call of `explain`. */
export function explainOnce(
  model: Model,
  images: Parameters<Explain>[0],
  targets: Parameters<Explain>[1],
  options?: ExplainerOptions,
  against?: Parameters<Explain>[2],
): ReturnType<Explain> {
  return withExplainer(explainerFor(model, options), (explainer) =>
    explainer.explain(images, targets, against),
  );
}

/** The map of picture n and its k-th target. */
export function mapOf(results: Awaited<ReturnType<Explain>>, n = 0, k = 0): Float32Array {
  const explanation = results[n]?.explanations[k];
  if (explanation === undefined) throw new Error(`no map for picture ${n}, target ${k}`);
  return explanation.relevance;
}
