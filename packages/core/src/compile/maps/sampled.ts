/** Gradients at samples of each picture, reduced to one map. */
import { baselineImage, baselineName } from "../../plan/baseline.ts";
import type { SampledPlan } from "../../plan/map-plan.ts";
import { drawSamples, noiseUnitOf, sliceSamples } from "../../plan/samples.ts";
import { oneHot } from "../../seeds/index.ts";
import { inputShape, type MapKind, propagateSeed } from "./map-kind.ts";
import { reduceSamples } from "./sample-batch.ts";

export const sampledMap: MapKind<SampledPlan> = {
  plan({ method, modelInput, sampleOptions }, options) {
    if (sampleOptions === undefined) throw new Error(`${method.name} without samples`);
    const { perRun, ...numbers } = sampleOptions;
    const ownRange = noiseUnitOf(sampleOptions, modelInput, options.pixels) === "input ranges";
    const settings = { ...numbers, ...(ownRange ? { noiseRange: "of each input" } : {}) };
    const image = baselineImage(modelInput, options.baseline);
    const allSamples = drawSamples(method, sampleOptions, modelInput, image, options);
    const compares = method.samples !== "noise";
    return {
      plan: {
        ...{ kind: "sampled", method, modelInput, seed: oneHot, allSamples },
        baseline: compares ? image : undefined,
        samples: perRun === undefined ? allSamples : sliceSamples(allSamples, perRun, modelInput),
        samplesAreInputs: perRun !== undefined,
      },
      settings: compares ? { ...settings, baseline: baselineName(options.baseline) } : settings,
    };
  },
  emit(context, { method }) {
    const { graph, emission, samples } = context;
    if (samples === undefined) throw new Error(`${method.name} without samples`);
    const gradient = propagateSeed(context, graph);
    const { dims } = graph.image;
    return {
      ...reduceSamples(emission.tape, emission.perTarget, gradient, dims, method.reduce, samples),
      shape: inputShape(graph),
    };
  },
};
