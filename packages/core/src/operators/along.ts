/** Along which axes a node works place by place, so that a part of its output takes a part of its inputs alone. */
import { broadcastAxes } from "./broadcast-axes.ts";
import type { Site } from "./operator.ts";
import { operatorOf } from "./registry.ts";
import { has } from "./traits.ts";

/** As `OperatorEntry.along`, for any node. */
export function axesAlong(site: Site, axis: number): readonly (number | undefined)[] | undefined {
  const own = operatorOf(site.node)?.along;
  if (own !== undefined) return own(site, axis);
  return has(site.node, "elementwise", "changesNothing") ? broadcastAxes(site, axis) : undefined;
}
