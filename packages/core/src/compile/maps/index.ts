/** Every kind of map in one table: the compiler lists what a new kind lacks. */
import type { ExplanationOptions } from "../../explanation-options.ts";
import type { MapPlan, Plan } from "../../plan/map-plan.ts";
import { activationMap } from "./activation-map.ts";
import { attentionRolloutMap } from "./attention-rollout.ts";
import { fullGradientMap } from "./full-gradient.ts";
import { gradientMap } from "./gradient.ts";
import type { EmittedMap, MapContext, MapKind, PlanRequest } from "./map-kind.ts";
import { relevanceMap } from "./relevance.ts";
import { sampledMap } from "./sampled.ts";

const mapKinds: { readonly [P in MapPlan as P["kind"]]: MapKind<P> } = {
  relevance: relevanceMap,
  gradient: gradientMap,
  sampled: sampledMap,
  "full-gradient": fullGradientMap,
  "activation-map": activationMap,
  "attention-rollout": attentionRolloutMap,
};

/** What compile() is to emit for a method: seed, samples, baseline or layer. */
export function createMapPlan(request: PlanRequest, options: ExplanationOptions): Plan {
  return kindOf(request.method.kind).plan(request, options);
}

/** Turns the seed on the logits into one map. */
export function emitMap(context: MapContext, plan: MapPlan): EmittedMap {
  return kindOf(plan.kind).emit(context, plan);
}

function kindOf(kind: MapPlan["kind"]): MapKind<MapPlan> {
  return mapKinds[kind];
}
