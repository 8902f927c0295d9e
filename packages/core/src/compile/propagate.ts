/** Sends relevance (or a gradient) from the logits to the picture, node by node, last node first. */
import { describeNode, type Size, UserError } from "@onnx-lrp/onnx-loader";
import { sumTo } from "../operators/broadcast.ts";
import type { Emission } from "../operators/operator.ts";
import type { RelevanceGraph, RelevanceNode } from "../relevance-graph/build.ts";
import { type BranchAudit, handOn, type LinearContext, scaledWeight, stabilizedInverse } from "./linear.ts";

/** What happened at one node, for the conservation report; values are per target. */
export interface NodeAudit {
  readonly at: RelevanceNode;
  /** One for each output of the node; undefined where nothing came back. */
  readonly received: readonly (string | undefined)[];
  /** One for each of the node's edges. */
  readonly handedOn: readonly string[];
  readonly branches: readonly BranchAudit[];
}

/**
 * @param seed per target, in the shape of the logits
 * @returns the relevance of the picture, per target
 */
export function propagate(
  graph: RelevanceGraph,
  context: LinearContext,
  seed: string,
  audit?: (node: NodeAudit) => void,
): string {
  const { emission } = context;
  const relevance = new Map([[graph.head.logits, seed]]);
  for (const at of [...graph.nodes].reverse()) {
    const received = at.node.outputs.map((name) => relevance.get(name));
    if (received.every((value) => value === undefined)) continue;
    if (at.behaviour.kind !== "route" && received.some((value, i) => i > 0 && value !== undefined)) {
      throw new UserError(
        "unsupported",
        `The class scores depend on a second output of ${describeNode(at.node)}, through which onnx-lrp cannot go. ` +
          "Export the network in evaluation mode, or simplify it with onnxsim.",
      );
    }
    const branches: BranchAudit[] = [];
    const handedOn = emission.tape.within(at.node.name || at.node.op, () =>
      handBack(context, at, received, audit && ((branch) => branches.push(branch))),
    );
    audit?.({ at, received, handedOn, branches });
    for (const [slot, index] of at.edges.entries()) {
      const input = at.node.inputs[index] ?? "";
      const more = handedOn[slot] ?? "";
      const before = relevance.get(input);
      relevance.set(input, before === undefined ? more : emission.targets.plus(before, more));
    }
  }
  const result = relevance.get(graph.image.name);
  if (result === undefined) {
    throw new UserError(
      "unsupported",
      `No relevance reaches the picture "${graph.image.name}": every way to it runs through gates.`,
    );
  }
  return result;
}

/** @returns per target, one for each of the node's edges */
function handBack(
  context: LinearContext,
  at: RelevanceNode,
  received: readonly (string | undefined)[],
  audit: ((branch: BranchAudit) => void) | undefined,
): string[] {
  const { emission } = context;
  const r = received.find((value) => value !== undefined) ?? "";
  const { behaviour, site, rule, node, propagation } = at;
  if (at.unknown === "gradient") return linearized(emission, at, r);
  if (rule !== undefined && behaviour.kind === "linear") {
    return handOn(context, { linear: behaviour, site }, rule, r, audit);
  }
  if (propagation === "gradient" || behaviour.kind === "linear" || behaviour.kind === "route") {
    return gradient(emission, at, received);
  }
  const dims = site.shape(node.outputs[0] ?? "");
  return at.edges.map((index) => sumTo(emission, r, dims, site.shape(node.inputs[index] ?? "")));
}

/** What routes elements does with a gradient as it does with relevance. */
function gradient(
  emission: Emission,
  { behaviour, node, site }: RelevanceNode,
  received: readonly (string | undefined)[],
): string[] {
  const r = received.find((value) => value !== undefined) ?? "";
  const dims = site.shape(node.outputs[0] ?? "");
  const inputDims = (index: number) => site.shape(node.inputs[index] ?? "");
  switch (behaviour.kind) {
    case "linear": {
      if (behaviour.inner?.gradient !== undefined) return behaviour.inner.gradient(emission, r);
      const weight =
        behaviour.weight === undefined ? "" : scaledWeight(emission.tape, behaviour, behaviour.weight);
      return behaviour.adjoint(emission, r, [weight])[0] ?? [];
    }
    case "pass": {
      const { derivative = "one", input } = behaviour;
      if (typeof derivative === "object") return [derivative.adjoint(emission, r)];
      const passed = derivative === "one" ? r : scaledBy(emission, r, dims, derivative(emission));
      return [sumTo(emission, passed, dims, inputDims(input))];
    }
    case "route":
      return behaviour.adjoint(emission, r, received);
    case "product": {
      if (behaviour.gradient !== undefined) return behaviour.gradient(emission, r);
      const [left, right] = behaviour.inputs;
      return [
        [left, right],
        [right, left],
      ].map(([to = 0, other = 0]) => {
        const factor = { value: node.inputs[other] ?? "", dims: inputDims(other) };
        return sumTo(emission, scaledBy(emission, r, dims, factor), dims, inputDims(to));
      });
    }
  }
}

/**
 * The epsilon rule of a node's linearization: input i of y = f(x) gets x_i sum_j dy_j/dx_i R_j / (y_j + eps sign(y_j)).
 * A product is of degree two, so that each of its factors would get all: each gets half.
 */
function linearized(emission: Emission, at: RelevanceNode, r: string): string[] {
  const { node, site } = at;
  const output = node.outputs[0] ?? "";
  const dims = site.shape(output);
  const whole = stabilizedInverse(emission.tape, output, 1e-6);
  const degree = at.behaviour.kind === "product" ? 2 : 1;
  const inverse =
    degree === 1 ? whole : emission.tape.emit("Mul", [whole, emission.tape.floats([1 / degree])]);
  const shares = gradient(emission, at, [emission.targets.times(r, inverse, dims, dims)]);
  return at.edges.map((index, slot) => {
    const input = node.inputs[index] ?? "";
    const inputDims = site.shape(input);
    return emission.targets.times(shares[slot] ?? "", input, inputDims, inputDims);
  });
}

function scaledBy(
  emission: Emission,
  r: string,
  dims: readonly Size[],
  factor: { value: string; dims: readonly Size[] },
): string {
  return emission.targets.times(r, factor.value, dims, factor.dims);
}
