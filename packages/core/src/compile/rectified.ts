/**
 * Deconvolution and guided backpropagation at a rectifier y = f(x), which has the gradient r at its output:
 *
 *     deconvnet   max(r, 0)           Zeiler and Fergus 2014, Sect. 2.1
 *     guided      max(r, 0) f'(x)     Springenberg et al. 2015, Fig. 1
 *
 * The papers have Relu alone; the same is done at its leaky, smooth and clipped variants. Everything else has its gradient.
 */
import type { EmitContext } from "../operators/operator.ts";
import { isRectifier } from "../operators/traits.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import { gradient } from "./gradient.ts";

export function rectified(
  emission: EmitContext,
  at: RelevanceNode,
  received: readonly (string | undefined)[],
  how: "deconvnet" | "guided",
): string[] {
  if (at.behaviour.kind !== "pass" || !isRectifier(at.node, at.site.dependsOnImage)) {
    return gradient(emission, at, received);
  }
  const positive = received.map((r) => (r === undefined ? r : emission.tape.emit("Relu", [r])));
  return how === "guided"
    ? gradient(emission, at, positive)
    : [positive.find((value) => value !== undefined) ?? ""];
}
