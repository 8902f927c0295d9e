/** A gradient of the logit, or what a rule for activations makes of it, times a factor. */
import type { GradientMethod } from "../../methods/method.ts";
import { baselineImage, baselineName } from "../../plan/baseline.ts";
import type { GradientPlan } from "../../plan/map-plan.ts";
import { inputShape, type MapContext, type MapKind, propagateSeed } from "./map-kind.ts";

export const gradientMap: MapKind<GradientPlan> = {
  plan({ method, modelInput }, options) {
    const plan = { kind: "gradient", method, modelInput, seed: method.seed } as const;
    if (method.composite.activations !== "rescale") {
      return { plan: { ...plan, baseline: undefined }, settings: {} };
    }
    const baseline = baselineImage(modelInput, options.baseline);
    return { plan: { ...plan, baseline }, settings: { baseline: baselineName(options.baseline) } };
  },
  emit(context, { method }) {
    const { graph, emission, audit } = context;
    const { perTarget } = emission;
    const { dims } = graph.image;
    const gradient = propagateSeed(context, graph, audit);
    const factor = factorOf(context, method.times);
    const product = factor === undefined ? gradient : perTarget.mul(gradient, factor, dims, dims);
    return { value: perTarget.split(product, dims), shape: inputShape(graph) };
  },
};

/** [N, ...picture] */
function factorOf(
  { graph, emission, picture, baseline }: MapContext,
  times: GradientMethod["times"],
): string | undefined {
  switch (times) {
    case "none":
      return undefined;
    case "input":
      return picture;
    case "difference":
      return emission.tape.emit("Sub", [picture, baseline?.value(graph.image.name) ?? ""]);
  }
}
