/** Runs an explanation model that takes samples of each picture, some at a time, and puts together what comes of them. */
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import type { SampledMethod } from "../methods/method.ts";
import { type Runtime, sessionOpener } from "../network/runtime.ts";
import { openScorer } from "../network/scorer.ts";
import { turn } from "../network/turn.ts";
import { type SampleValues, sliceSamples } from "../plan/samples.ts";
import { prepareExplanation } from "../prepare.ts";
import type { Target } from "../targets/target.ts";
import { anyTargets } from "./any-targets.ts";
import { checkBatchSize, checkRequest, limitsOf } from "./check-request.ts";
import { withConvergenceDelta } from "./convergence-delta.ts";
import type { CompiledExplainer, ExplainerOptions, Explanation, PictureExplanation } from "./explanation.ts";
import { lazyScorer } from "./lazy-scorer.ts";
import { type GroupResult, runGroup } from "./run-group.ts";

export async function createSampledExplainer(
  runtime: Runtime,
  network: Model,
  method: SampledMethod,
  options: ExplainerOptions,
): Promise<CompiledExplainer> {
  const batchSize = options.batchSize ?? 8;
  checkBatchSize(batchSize);
  const fixedSizes = { batch: 1, targets: options.targetCount, samples: batchSize };
  const prepared = await prepareExplanation(network, runtime, { ...options, fixedSizes });
  const { analysis, plan, compiled } = prepared;
  if (plan.kind !== "sampled") throw new Error(`${method.name} has no samples`);
  const { allSamples, modelInput } = plan;
  const perRun = plan.samples.weights.length;
  const limits = limitsOf(prepared);
  const session = await sessionOpener(runtime, options.openSession)(compiled.model);

  async function explainOne(
    picture: Float32Array,
    targets: readonly Target[],
    against: readonly Target[] | undefined,
    samples: SampleValues,
    onProgress = options.onProgress,
  ): Promise<PictureExplanation> {
    const aggregator = createAggregator(method.reduce);
    let last: GroupResult | undefined;
    const total = samples.weights.length;
    for (let start = 0; start < total; start += perRun) {
      const part = sliceSamples(samples, perRun, modelInput, start);
      const [result] = await runGroup(runtime, prepared, session, {
        pictures: [picture],
        targets: [targets],
        against: against === undefined ? undefined : [against],
        samples: part,
      });
      if (result === undefined) continue;
      aggregator.add(result, Math.min(perRun, total - start));
      await turn();
      onProgress?.(Math.min(start + perRun, total), total);
      last = result;
    }
    if (last === undefined) throw new UserError("run", "No samples were taken.");
    const { logits, probabilities } = last;
    const explanations = aggregator.explanations(last.explanations);
    return { logits, probabilities, explanations, quantized: undefined, conservation: undefined };
  }
  // One sample, of no matter which picture: only the scores are looked at.
  const scoresOf = async (picture: Float32Array) => {
    const targets = anyTargets(prepared);
    const against = options.contrast ? targets : undefined;
    return [await explainOne(picture, targets, against, sliceSamples(allSamples, 1, modelInput), () => {})];
  };
  const scorer = lazyScorer(() => openScorer(runtime, network, { ...options, layer: undefined }));
  const withDelta = withConvergenceDelta(prepared, scoresOf);
  return {
    ...{ image: limits.image, head: limits.head, map: compiled.map, record: analysis.record, prepared },
    score: scorer.score,
    async release() {
      await session.release();
      await scorer.release();
    },
    async explain(pictures, targets, against) {
      checkRequest(limits, pictures, targets, against);
      const results: PictureExplanation[] = [];
      for (const [i, picture] of pictures.entries()) {
        results.push(await explainOne(picture, targets[i] ?? [], against?.[i], allSamples));
      }
      return withDelta(results, targets);
    },
  };
}

interface Aggregator {
  add(result: GroupResult, samples: number): void;
  explanations(last: readonly Explanation[]): Explanation[];
}

/**
 * Means of runs weighted by their samples. Variances are put together by the means they were taken around:
 * n v = sum n_i (v_i + (m_i - m)²) (Chan, Golub, LeVeque 1979), all in float64.
 */
function createAggregator(how: SampledMethod["reduce"]): Aggregator {
  const values: Float64Array[] = [];
  const means: Float64Array[] = [];
  let count = 0;
  const into = (sums: Float64Array[], k: number, length: number) => {
    sums[k] ??= new Float64Array(length);
    return sums[k];
  };
  return {
    add(result, samples) {
      for (const [k, { relevance }] of result.explanations.entries()) {
        const sum = into(values, k, relevance.length);
        const mean = result.means[k];
        if (how !== "variance" || mean === undefined) {
          for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + samples * (relevance[i] ?? 0);
          continue;
        }
        const centre = into(means, k, relevance.length);
        const whole = count + samples;
        for (let i = 0; i < sum.length; i += 1) {
          const before = centre[i] ?? 0;
          const away = (mean[i] ?? 0) - before;
          const spread = (samples * count * away * away) / whole;
          sum[i] = (sum[i] ?? 0) + samples * (relevance[i] ?? 0) + spread;
          centre[i] = before + (away * samples) / whole;
        }
      }
      count += samples;
    },
    explanations: (last) =>
      last.map((explanation, k) => ({
        ...explanation,
        relevance: Float32Array.from(values[k] ?? [], (value) => value / count),
      })),
  };
}
