/** Ways around nodes that no rule covers (`UnknownPolicy`). */
import { outputOf } from "@onnx-lrp/onnx-loader";
import type { UnknownPolicy } from "../names.ts";
import type { Behaviour, Site, Unsupported } from "../operators/operator.ts";
import { sameDims } from "../operators/size.ts";
import type { RelevanceNode } from "./node.ts";

/**
 * How a node without a rule is worked around under a policy; undefined if it cannot be.
 *
 * @param isStep whether its output jumps from one integer to another, so that its derivative is 0 whatever it does
 */
export function fallbackFor(
  site: Site,
  behaviour: Behaviour | Unsupported | undefined,
  unknown: UnknownPolicy,
  isStep: boolean,
): Pick<RelevanceNode, "behaviour" | "edges" | "unknown"> | undefined {
  if (unknown === "error") return undefined;
  if (unknown === "pass") {
    const input = inputShapedLikeOutput(site);
    if (input === undefined) return undefined;
    return { unknown, edges: [input], behaviour: { kind: "pass", input, derivative: undefined } };
  }
  if (isStep) return { unknown, edges: [], behaviour: jump(site) };
  // Of a quotient, which is a product here, the linearization gives R to one and -R to the other: nothing, in sum.
  if (behaviour?.kind !== "pass" || behaviour.derivative === undefined) return undefined;
  return { unknown, edges: [behaviour.input], behaviour };
}

/** What goes no further. */
function jump({ node, isSignal }: Site): Behaviour {
  return { kind: "pass", input: node.inputs.findIndex((_, i) => isSignal(i)), derivative: "one" };
}

/** The first signal that has the shape of the output. */
function inputShapedLikeOutput({ node, isSignal, shape }: Site): number | undefined {
  const output = shape(outputOf(node));
  const index = node.inputs.findIndex((input, i) => isSignal(i) && sameDims(shape(input), output));
  return index < 0 ? undefined : index;
}
