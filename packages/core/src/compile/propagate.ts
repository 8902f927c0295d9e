/** Sends relevance (or a gradient) from the logits to the picture, node by node, last node first. */
import { inputOf, intValue as int, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { describeNode, nodeSubject, type Size } from "@onnx-lrp/onnx-loader/internal";
import type { ConstantShare, EmitContext } from "../operators/operator.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { BranchAudit } from "./linear.ts";
import { type NodeContext, propagateNode } from "./propagate-node.ts";

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
  const relevance = new Map([[graph.head.logits, seed]]);
  for (const at of [...graph.nodes].reverse()) {
    const relevanceIn = at.node.outputs.map((name) => relevance.get(name));
    if (relevanceIn.every((value) => value === undefined)) continue;
    if (at.behaviour.kind !== "route" && relevanceIn.some((value, i) => i > 0 && value !== undefined)) {
      throw new UserError(
        "unsupported",
        `The class scores depend on a second output of ${describeNode(at.node)}, through which onnx-lrp cannot propagate.`,
        {
          subject: nodeSubject(at.node),
          remedies: [
            textRemedy("export the network in evaluation mode"),
            textRemedy("simplify it with onnxsim"),
          ],
        },
      );
    }
    const branches: BranchAudit[] = [];
    const relevanceOut = emission.tape.within(at.node.name || at.node.op, () =>
      propagateNode(graph, context, at, relevanceIn, audit && ((branch) => branches.push(branch))),
    );
    const toOthers = context.onOther || audit ? sharesOfOthers(emission, at, relevanceIn) : [];
    if (context.onOther) toOthers.forEach(context.onOther);
    audit?.({
      ...{ at, relevanceIn, relevanceOut, toOthers, branches },
      toConstants: sharesOfConstants(emission, at, relevanceIn),
    });
    for (const [slot, index] of at.edges.entries()) {
      const input = at.node.inputs[index] ?? "";
      const more = relevanceOut[slot] ?? "";
      const before = relevance.get(input);
      relevance.set(input, before === undefined ? more : emission.perTarget.add(before, more));
    }
  }
  const result = relevance.get(graph.attributedValue);
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
  return result;
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
