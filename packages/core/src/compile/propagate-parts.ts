/** Relevance that comes back to a part of a node's output alone, propagated without the rest, where the node can do that. */
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { PartRelevance, TakePart } from "./parts.ts";
import { type NodeContext, propagateNode } from "./propagate-node.ts";
import { restricted } from "./restricted.ts";

/**
 * @param received one for each output of the node
 * @returns for each of its edges what goes there; undefined where the node takes relevance of its whole output
 */
export function propagateParts(
  graph: RelevanceGraph,
  context: NodeContext,
  at: RelevanceNode,
  received: readonly (PartRelevance | undefined)[],
  take: TakePart,
): PartRelevance[][] | undefined {
  const { emission } = context;
  const { behaviour } = at;
  if (behaviour.kind === "route") {
    const { origin } = behaviour;
    if (origin === undefined || behaviour.inputs.length > 1) return undefined;
    const moved = received.flatMap((term, output) =>
      term === undefined ? [] : [{ value: term.value, origin: origin(term.part, output) }],
    );
    const sent: PartRelevance[] = [];
    for (const { value, origin: from } of moved) {
      if (from === undefined) return undefined;
      sent.push({ value: from.adjoint(emission, value), part: from.part });
    }
    return [sent];
  }
  const [term] = received;
  const small = term && restricted(context, at, term.part, take);
  if (term === undefined || small === undefined) return undefined;
  const values = propagateNode(graph, small.context, small.at, [term.value], undefined);
  return small.at.edges.map((index, slot) => [
    { value: values[slot] ?? "", part: small.inputParts[index] ?? [] },
  ]);
}
