import { describeNode, nodeSubject } from "./attributes.ts";
import { obtainAgain, UserError } from "./error.ts";
import type { Node } from "./model.ts";
import { usedValues } from "./topology.ts";

/**
 * The nodes of a graph in an order in which every value is made before it is used. ONNX demands it, but not every exporter
 * keeps to it (keras2onnx), and onnxruntime sorts by itself. Nodes that are in order stay as they are.
 *
 * @throws UserError `model` naming a node that depends on its own output
 */
export function inOrder(nodes: readonly Node[]): readonly Node[] {
  const makers = new Map<string, Node>();
  for (const node of nodes) for (const output of node.outputs) makers.set(output, node);
  const places = new Map(nodes.map((node, i) => [node, i]));
  const placeOf = (node: Node): number => places.get(node) ?? 0;
  /** The nodes that a node needs, in the order of the file. */
  const needs = new Map(
    nodes.map((node) => {
      const needed = [...usedValues(node)].flatMap((name) => makers.get(name) ?? []);
      return [node, needed.sort((a, b) => placeOf(a) - placeOf(b))];
    }),
  );
  const later = (node: Node) => needs.get(node)?.some((needed) => placeOf(needed) >= placeOf(node));
  if (!nodes.some(later)) return nodes;

  const begun = new Set<Node>();
  const sorted = new Set<Node>();
  // Depth first, with a stack of its own: networks are deeper than calls may nest.
  for (const node of nodes) {
    const path = [node];
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      begun.add(last);
      const needed = sorted.has(last) ? undefined : needs.get(last)?.find((one) => !sorted.has(one));
      if (needed === undefined) {
        sorted.add(last);
        path.pop();
      } else if (begun.has(needed)) {
        throw cycle(needed);
      } else path.push(needed);
    }
  }
  return [...sorted];
}

function cycle(node: Node): UserError {
  return new UserError(
    "model",
    `The graph of the model has a cycle: ${describeNode(node)} depends on its own output.`,
    {
      subject: nodeSubject(node),
      remedies: [obtainAgain],
    },
  );
}
