/** One run of an explanation model over a group of pictures. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { mapSizes } from "../heatmap.ts";
import { pictureTensor } from "../network/picture-tensor.ts";
import { joined } from "../network/pictures.ts";
import { scoresOf } from "../network/probabilities.ts";
import { logitsOf, runSession } from "../network/run-session.ts";
import type { Runtime } from "../network/runtime.ts";
import { elementsOf } from "../output-port/output-port.ts";
import type { SampleValues } from "../plan/samples.ts";
import type { PreparedExplanation } from "../prepare.ts";
import { pictureElements, pictureSizes } from "../relevance-graph/picture-sizes.ts";
import { checkWithinBounds } from "../relevance-graph/pixel-bounds.ts";
import { softmaxScale, type Target, weightedScore } from "../targets/target.ts";
import { conservationReport } from "./conservation-report.ts";
import type { PictureExplanation } from "./explanation.ts";
import { targetFeeds } from "./target-feeds.ts";

export interface Group {
  readonly pictures: readonly Float32Array[];
  readonly targets: readonly (readonly Target[])[];
  readonly against: readonly (readonly Target[])[] | undefined;
  /** In place of the model's own, for methods that sample. */
  readonly samples?: SampleValues;
}

/** Results of a run for one picture; of the variance of gradients also their mean, by target. */
export type GroupResult = Omit<PictureExplanation, "quantized"> & { readonly means: readonly Float32Array[] };

/**
 * @throws UserError `input` for values beyond the range of the input's type or the bounds of zbox, `scores` for scores or maps that are not finite, `run` for what onnxruntime reports
 */
export async function runGroup(
  runtime: Runtime,
  prepared: PreparedExplanation,
  session: InferenceSession,
  { pictures, targets, against, samples }: Group,
): Promise<GroupResult[]> {
  const { names, map } = prepared.compiled;
  const { graph, bounds } = prepared.analysis;
  const { head } = graph;
  const { method, modelInput: image } = prepared.plan;
  const sizes = pictureSizes(image);
  const data = joined(pictures);
  const count = targets[0]?.length ?? 0;
  const asked = targetFeeds(runtime, prepared, targets, against);
  const feeds: Record<string, Tensor> = {
    [image.name]: pictureTensor(runtime, image.type, data, [pictures.length, ...sizes]),
    ...asked.feeds,
    ...(samples === undefined ? {} : sampleFeeds(runtime, prepared, samples)),
  };
  if (bounds !== undefined) for (const picture of pictures) checkWithinBounds(image, picture, bounds);
  const wanted = [
    names.logits,
    ...(names.targetClasses === undefined ? [] : [names.targetClasses]),
    ...(names.probabilities === undefined ? [] : [names.probabilities]),
    names.relevance,
    names.seedScale,
    ...(names.mean ? [names.mean] : []),
    ...(names.conservation ? [names.conservation] : []),
    ...(names.otherInputs ? [names.otherInputs] : []),
  ];
  const outputs = await runSession(session, feeds, wanted);
  const floats = (name: string) => outputs[name]?.data as Float32Array;
  const [allLogits, relevance, scales] = [
    floats(names.logits),
    floats(names.relevance),
    floats(names.seedScale),
  ];
  const resolved = (names.targetClasses && outputs[names.targetClasses]?.data) as BigInt64Array | undefined;
  const own = names.probabilities === undefined ? undefined : floats(names.probabilities);
  const numbers = elementsOf(head);
  const report = names.conservation ? floats(names.conservation) : undefined;
  const others = names.otherInputs ? floats(names.otherInputs) : undefined;
  const groups = prepared.compiled.otherInputs?.groups ?? [];
  const centres = names.mean ? floats(names.mean) : undefined;
  const elements = mapSizes(map).reduce((a, b) => a * b, 1);

  return pictures.map((_, n) => {
    const scores = scoresOf(
      head,
      logitsOf(allLogits, n, numbers),
      own?.subarray(n * numbers, (n + 1) * numbers),
    );
    const { logits, probabilities: p } = scores;
    const maps = relevance.subarray(n * count * elements, (n + 1) * count * elements);
    if (!maps.every(Number.isFinite)) {
      throw new UserError(
        "scores",
        "The map for this picture is not finite: values on the way leave the range of float32.",
        { remedies: [{ kind: "option", option: "composite", note: "another one may stay in range" }] },
      );
    }
    const slice = (values: Float32Array, at: number) => values.slice(at * elements, (at + 1) * elements);
    const explanations = Array.from({ length: count }, (__, k) => {
      const at = n * count + k;
      const weights = asked.weights?.[at];
      if (weights !== undefined) {
        const { class: target, logit, probability } = weightedScore(head, scores, weights);
        const scaled = method.needsSoftmax === true && !prepared.compiled.contrast;
        const seedScale = scaled ? softmaxScale(head, scores, weights) : 1;
        return { target, logit, probability, seedScale, relevance: slice(relevance, at) };
      }
      const target = Number(resolved?.[at]);
      return {
        target,
        logit: logits[target] ?? Number.NaN,
        probability: p[target] ?? Number.NaN,
        seedScale: scales[at] ?? Number.NaN,
        relevance: slice(relevance, at),
        ...(others && {
          otherInputs: groups.map((inputs, i) => ({
            inputs,
            relevance: others[at * groups.length + i] ?? Number.NaN,
          })),
        }),
      };
    });
    const conservation =
      report === undefined
        ? undefined
        : explanations.map((__, k) => conservationReport(prepared.compiled, report, n * count + k));
    const means = centres === undefined ? [] : explanations.map((__, k) => slice(centres, n * count + k));
    return { logits, probabilities: p, explanations, conservation, means };
  });
}

function sampleFeeds(
  runtime: Runtime,
  { compiled: { names }, plan: { modelInput: image } }: PreparedExplanation,
  { weights, scales, bases, noise }: SampleValues,
): Record<string, Tensor> {
  const [sizes, elements] = [pictureSizes(image), pictureElements(image)];
  const feeds: Record<string, Tensor> = {};
  const feed = (name: string | undefined, data: Float32Array | undefined, whole: boolean) => {
    if (name === undefined || data === undefined) return;
    feeds[name] = new runtime.Tensor(
      "float32",
      data,
      whole ? [data.length / elements, ...sizes] : [data.length],
    );
  };
  feed(names.samples?.weights, weights, false);
  feed(names.samples?.scales, scales, false);
  feed(names.samples?.bases, bases?.values, true);
  feed(names.samples?.noise, noise, true);
  return feeds;
}
