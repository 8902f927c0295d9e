/** What one node does with the relevance (or gradient) that comes back to it. */
import { sumTo } from "../operators/broadcast.ts";
import type { Bilinear, EmitContext } from "../operators/operator.ts";
import { stabilize, stabilizedInverse } from "../operators/stabilize.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { UniformRule } from "../rules/index.ts";
import type { BaselinePass } from "./baseline-pass.ts";
import { adjointOf, gradient } from "./gradient.ts";
import { applyRule, type BranchAudit } from "./linear.ts";
import type { LinearContext } from "./linear-layer.ts";
import { rectified } from "./rectified.ts";
import { rescaled } from "./rescaled.ts";

export interface NodeContext extends LinearContext {
  /** The same network on the baseline, which DeepLIFT compares with. */
  readonly baseline?: BaselinePass | undefined;
}

/** @returns per target, one for each of the node's edges */
export function propagateNode(
  { composite }: RelevanceGraph,
  context: NodeContext,
  at: RelevanceNode,
  relevanceIn: readonly (string | undefined)[],
  audit: ((branch: BranchAudit) => void) | undefined,
): string[] {
  // What is a constant weight to relevance, or a step, has a derivative of 0.
  if (at.edges.length === 0) return [];
  const { emission, baseline } = context;
  const r = relevanceIn.find((value) => value !== undefined) ?? "";
  const { behaviour, site, rule, node } = at;
  if (at.unknown === "gradient") return linearized(emission, at, r);
  if (composite.kind === "gradient") {
    switch (composite.activations) {
      case "derivative":
        return gradient(emission, at, relevanceIn);
      case "deconvnet":
      case "guided":
        return rectified(emission, at, relevanceIn, composite.activations);
      case "rescale":
        return rescaled(emission, at, relevanceIn, baseline);
    }
  }
  if (rule?.kind === "shares" && behaviour.kind === "linear") {
    return applyRule(context, { linear: behaviour, site }, rule, r, audit);
  }
  if (rule?.kind === "uniform" && behaviour.kind === "bilinear")
    return halves(emission, at, behaviour, r, rule);
  if (behaviour.kind === "softmax") return [behaviour.relevance(emission, r)];
  if (behaviour.kind === "linear" || behaviour.kind === "route") return gradient(emission, at, relevanceIn);
  // Of a product neither of whose factors is a gate, each gets half.
  const share = at.edges.length === 2 ? emission.tape.emit("Mul", [r, emission.tape.scalar(0.5)]) : r;
  const dims = site.shape(node.outputs[0] ?? "");
  return at.edges.map((index) => sumTo(emission, share, dims, site.shape(node.inputs[index] ?? "")));
}

/** Half to each factor of a product of two signals (UniformRule). */
function halves(
  emission: EmitContext,
  { node, site }: RelevanceNode,
  behaviour: Bilinear,
  r: string,
  { epsilon }: UniformRule,
): string[] {
  const { tape, perTarget } = emission;
  const output = node.outputs[0] ?? "";
  const dims = site.shape(output);
  const whole = stabilize(tape, output, epsilon);
  const divided = perTarget.div(r, tape.emit("Mul", [whole, tape.scalar(2)]), dims, dims);
  return ([0, 1] as const).map((of) => {
    const input = node.inputs[behaviour.inputs[of]] ?? "";
    const other = node.inputs[behaviour.inputs[of === 0 ? 1 : 0]] ?? "";
    const inputDims = site.shape(input);
    return perTarget.mul(adjointOf(emission, behaviour, of, other, divided), input, inputDims, inputDims);
  });
}

/**
 * The epsilon rule of a node's linearization: input i of y = f(x) gets x_i sum_j dy_j/dx_i R_j / (y_j + eps sign(y_j)).
 */
function linearized(emission: EmitContext, at: RelevanceNode, r: string): string[] {
  const { node, site } = at;
  const output = node.outputs[0] ?? "";
  const dims = site.shape(output);
  const inverse = stabilizedInverse(emission.tape, output, 1e-6);
  const shares = gradient(emission, at, [emission.perTarget.mul(r, inverse, dims, dims)]);
  return at.edges.map((index, slot) => {
    const input = node.inputs[index] ?? "";
    const inputDims = site.shape(input);
    return emission.perTarget.mul(shares[slot] ?? "", input, inputDims, inputDims);
  });
}
