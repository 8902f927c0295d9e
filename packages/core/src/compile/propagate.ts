/** Sends relevance (or a gradient) from the logits to the picture, node by node, last node first. */
import { type Size, UserError } from "@onnx-lrp/onnx-loader";
import type { Emission } from "../operators/operator.ts";
import type { RelevanceGraph, RelevanceNode } from "../relevance-graph/build.ts";
import { type BranchAudit, handOn, type LinearContext, scaledWeight } from "./linear.ts";

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
    const branches: BranchAudit[] = [];
    const handedOn = emission.tape.within(at.node.name || at.node.op, () =>
      handBack(context, at, received, (branch) => branches.push(branch)),
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
  audit: (branch: BranchAudit) => void,
): string[] {
  const { emission } = context;
  const r = received.find((value) => value !== undefined) ?? "";
  const { behaviour, site, rule, node } = at;
  const dims = site.shape(node.outputs[0] ?? "");
  const inputDims = (index: number) => site.shape(node.inputs[index] ?? "");
  switch (behaviour.kind) {
    case "linear": {
      if (rule !== undefined) return handOn(context, { linear: behaviour, site }, rule, r, audit);
      const weight =
        behaviour.weight === undefined ? "" : scaledWeight(emission.tape, behaviour, behaviour.weight);
      return behaviour.adjoint(emission, r, [weight])[0] ?? [];
    }
    case "pass": {
      const slope = rulesApply(at) ? "one" : behaviour.derivative;
      const passed =
        slope === "one" || slope === undefined ? r : scaledBy(emission, r, dims, slope(emission));
      return [emission.targets.unbroadcast(passed, dims, inputDims(behaviour.input))];
    }
    case "route":
      return behaviour.adjoint(emission, r, received);
    case "product": {
      if (rulesApply(at))
        return at.edges.map((index) => emission.targets.unbroadcast(r, dims, inputDims(index)));
      const [left, right] = behaviour.inputs;
      return [
        [left, right],
        [right, left],
      ].map(([to = 0, other = 0]) => {
        const factor = { value: node.inputs[other] ?? "", dims: inputDims(other) };
        return emission.targets.unbroadcast(scaledBy(emission, r, dims, factor), dims, inputDims(to));
      });
    }
  }
}

function scaledBy(
  emission: Emission,
  r: string,
  dims: readonly Size[],
  factor: { value: string; dims: readonly Size[] },
): string {
  return emission.targets.times(r, factor.value, dims, factor.dims);
}

function rulesApply(at: RelevanceNode): boolean {
  return at.propagation === "rules";
}
