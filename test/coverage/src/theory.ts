/**
 * Where LRP-0 must be input x gradient. Let every node hand back R(x_i) = x_i df/dx_i if it received R(y_j) = y_j df/dy_j:
 *
 * - a linear layer y = W x + b with b in the denominator: x_i sum_j w_ij R_j / y_j = x_i sum_j w_ij df/dy_j
 * - routing, pooling by the maximum: elements keep their value and their derivative
 * - y = c x, and activations with f(a x) = a f(x) for a > 0, so that y = f'(x) x: relevance passes, and x df/dx = y df/dy
 *
 * It fails where y is not f'(x) x: at other activations, where a constant is added outside of a linear layer, at a
 * normalization that is passed through, and at gates and the weights of attention, whose derivative gradients have and
 * relevance has not; of a product of two other signals each gets half, and the gradient of both. And y_j = 0 has
 * no relevance to propagate while it may have a derivative: a unit that is exactly 0 by chance, of some ten million in a
 * network, makes a difference of up to a thousandth.
 */
import type { RelevanceGraph } from "@onnx-lrp/core";
import type { RelevanceNode } from "@onnx-lrp/core/internal";
import type { Inequality } from "./result.ts";

/** f(a x) = a f(x) for all a > 0. */
const homogeneous = new Set([
  "Relu",
  "LeakyRelu",
  "PRelu",
  "Abs",
  "Neg",
  "Identity",
  "Dropout",
  "Cast",
  "Mul",
  "Div",
]);
const shifting = new Set(["Add", "Sub", "BatchNormalization"]);

/** Why LRP-0 need not be input x gradient for a network; empty where it must be. */
export function inequalities(graph: RelevanceGraph): Inequality[] {
  const found = new Set(graph.nodes.map(inequality).filter((reason) => reason !== undefined));
  return (["activation", "constant", "normalization", "gate", "attention"] as const).filter((reason) =>
    found.has(reason),
  );
}

function inequality({ node, behaviour, site }: RelevanceNode): Inequality | undefined {
  switch (behaviour.kind) {
    case "linear":
      if (behaviour.role === "attention") return "attention";
      // A sum of squares is shared as a sum is, but f(2x) is 4 f(x).
      return node.op === "ReduceSumSquare" ? "activation" : undefined;
    case "route":
      return undefined;
    case "product":
      return behaviour.signal === undefined ? "attention" : "gate";
    case "bilinear":
    case "softmax":
      return "attention";
    case "pass":
      if (homogeneous.has(node.op)) return undefined;
      if (shifting.has(node.op)) return "constant";
      if (node.op === "LRN" || node.op.endsWith("Normalization")) return "normalization";
      return node.op === "Clip" && isRelu(node.inputs, site) ? undefined : "activation";
  }
}

/** Clip(x, 0, nothing). */
function isRelu([, low = "", high = ""]: readonly string[], site: RelevanceNode["site"]): boolean {
  const upper = high === "" ? Number.POSITIVE_INFINITY : site.numbers(high)?.[0];
  return site.numbers(low)?.[0] === 0 && upper === Number.POSITIVE_INFINITY;
}
