/** Relevance: a seed, propagated by the rules of a composite; with rivals two maps, which are balanced. */
import { conventionsOf } from "../../composites.ts";
import type { RelevancePlan } from "../../plan/map-plan.ts";
import { balanced, halves } from "../balance.ts";
import { inputShape, type MapKind, propagateSeed } from "./map-kind.ts";

export const relevanceMap: MapKind<RelevancePlan> = {
  plan({ method, composite, modelInput }) {
    const seed = conventionsOf(composite)?.seeds(method.name) ?? method.seed;
    return { plan: { kind: "relevance", method, modelInput, seed }, settings: {} };
  },
  emit(context) {
    const { graph, emission, rivals, audit } = context;
    const { dims } = graph.image;
    const relevance = propagateSeed(context, graph, audit);
    const shape = inputShape(graph);
    if (rivals === undefined) return { value: emission.perTarget.split(relevance, dims), shape };
    const [target, others] = halves(emission.tape, relevance, dims);
    const parts = [rivals.perTarget.split(target, dims), rivals.perTarget.split(others, dims)] as const;
    return { value: balanced(emission.tape, parts, dims.length + 1, rivals.balance), shape };
  },
};
