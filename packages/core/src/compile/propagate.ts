/** Sends relevance (or a gradient) from the logits to the picture, node by node, last node first. */
import { inputOf, intValue as int, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { describeNode, nodeSubject, type Size } from "@onnx-lrp/onnx-loader/internal";
import type { ConstantShare, EmitContext } from "../operators/operator.ts";
import { whole } from "../operators/part.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { BranchAudit } from "./linear.ts";
import { createTakePart, type PartRelevance, sumRelevance, wholeRelevance } from "./parts.ts";
import { type NodeContext, propagateNode } from "./propagate-node.ts";
import { propagateParts } from "./propagate-parts.ts";

export interface PropagationContext extends NodeContext {
  /** Told what goes to other inputs that were given a value. */
  readonly onOther?: ((share: OtherShare) => void) | undefined;
}

/** Relevance of a value that depends on other inputs alone; per target. */
export interface OtherShare {
  readonly inputs: readonly string[];
  readonly relevance: string;
  readonly dims: readonly Size[];
}

/** What happened at one node, for the conservation report; values are per target. */
export interface NodeAudit {
  readonly at: RelevanceNode;
  /** One for each output of the node; undefined where nothing came back. */
  readonly relevanceIn: readonly (string | undefined)[];
  /** One for each of the node's edges. */
  readonly relevanceOut: readonly string[];
  /** What goes to other inputs. */
  readonly toOthers: readonly OtherShare[];
  /** What goes to constants among the elements that a node joins. */
  readonly toConstants: readonly ConstantShare[];
  readonly branches: readonly BranchAudit[];
}

/**
 * @param seed per target, in the shape of the logits
 * @returns the relevance of the picture, or of the layer that the graph goes back to; per target
 */
export function propagate(
  graph: RelevanceGraph,
  context: PropagationContext,
  seed: string,
  audit?: (node: NodeAudit) => void,
): string {
  const { emission } = context;
  if (graph.attributedValue === graph.head.logits) return seed;
  const take = createTakePart(emission.tape);
  const sent = new Map<string, PartRelevance[]>([[graph.head.logits, [{ value: seed, part: whole }]]]);
  for (const at of [...graph.nodes].reverse()) {
    const { node, site } = at;
    const received = node.outputs.map((name) => {
      const terms = sent.get(name);
      return terms && sumRelevance(emission, site.shape(name), terms);
    });
    if (received.every((term) => term === undefined)) continue;
    if (at.behaviour.kind !== "route" && received.some((term, i) => i > 0 && term !== undefined)) {
      throw new UserError(
        "unsupported",
        `The class scores depend on a second output of ${describeNode(node)}, through which onnx-lrp cannot propagate.`,
        {
          subject: nodeSubject(node),
          remedies: [
            textRemedy("export the network in evaluation mode"),
            textRemedy("simplify it with onnxsim"),
          ],
        },
      );
    }
    const inWhole = () =>
      received.map((term, i) => term && wholeRelevance(emission, site.shape(node.outputs[i] ?? ""), term));
    const within = <T>(action: () => T): T => emission.tape.within(node.name || node.op, action);
    // A report is of every node as it stands in the network.
    const parts =
      audit === undefined ? within(() => propagateParts(graph, context, at, received, take)) : undefined;
    const relevanceIn = parts === undefined || at.others !== undefined ? within(inWhole) : [];
    const branches: BranchAudit[] = [];
    const relevanceOut =
      parts ??
      within(() =>
        propagateNode(graph, context, at, relevanceIn, audit && ((branch) => branches.push(branch))),
      ).map((value) => [{ value, part: whole }]);
    const toOthers = context.onOther || audit ? sharesOfOthers(emission, at, relevanceIn) : [];
    if (context.onOther) toOthers.forEach(context.onOther);
    audit?.({
      ...{ at, relevanceIn, toOthers, branches },
      toConstants: sharesOfConstants(emission, at, relevanceIn),
      relevanceOut: relevanceOut.flatMap((terms) => terms.map(({ value }) => value)),
    });
    for (const [slot, index] of at.edges.entries()) {
      const input = inputOf(node, index);
      sent.set(input, [...(sent.get(input) ?? []), ...(relevanceOut[slot] ?? [])]);
    }
  }
  const dims = graph.shapes.get(graph.attributedValue)?.dims ?? [];
  const result = sumRelevance(emission, dims, sent.get(graph.attributedValue) ?? []);
  if (result === undefined) {
    // Only steps led to it, whose derivative is 0.
    if (graph.composite.kind === "gradient") return zeros(emission, graph);
    const what = graph.attributedValue === graph.image.name ? "the picture" : "the layer";
    throw new UserError(
      "unsupported",
      `No relevance reaches ${what} "${graph.attributedValue}": every path to it goes through gates.`,
      { subject: { value: graph.attributedValue } },
    );
  }
  return wholeRelevance(emission, dims, result);
}

/** Per target, in the shape of the picture or layer. */
function zeros({ tape, perTarget }: EmitContext, { shapes, attributedValue }: RelevanceGraph): string {
  const shape = tape.emit("Shape", [attributedValue]);
  const all = tape.emit("Concat", [perTarget.count(), shape], { axis: int(0) });
  return perTarget.merge(tape.emit("Expand", [tape.scalar(0), all]), shapes.get(attributedValue)?.dims ?? []);
}

function sharesOfOthers(
  emission: EmitContext,
  { node, site, others }: RelevanceNode,
  relevanceIn: readonly (string | undefined)[],
): OtherShare[] {
  if (others === undefined) return [];
  const r = relevanceIn.find((value) => value !== undefined) ?? "";
  const shares = emission.tape.within(node.name || node.op, () =>
    others.route.adjoint(emission, r, relevanceIn),
  );
  return others.edges.map(({ index, slot, inputs }) => ({
    inputs,
    relevance: shares[slot] ?? "",
    dims: site.shape(inputOf(node, index)),
  }));
}

function sharesOfConstants(
  emission: EmitContext,
  { node, behaviour, others }: RelevanceNode,
  relevanceIn: readonly (string | undefined)[],
): readonly ConstantShare[] {
  // Where other inputs were given a value, what depends on them is no constant.
  const route = others?.route ?? behaviour;
  if (route.kind !== "route" || route.constants === undefined) return [];
  const { constants } = route;
  const r = relevanceIn.find((value) => value !== undefined) ?? "";
  return emission.tape.within(node.name || node.op, () => constants(emission, r));
}
