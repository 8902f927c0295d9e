import type { Graph } from "../model.ts";

/** Tells whether a value is a constant: an initializer, or made of constants alone. */
export function constantValues(graph: Graph): (value: string) => boolean {
  const known = new Set(graph.initializers.keys());
  for (const node of graph.nodes) {
    if (node.inputs.every((input) => input === "" || known.has(input)))
      for (const output of node.outputs) known.add(output);
  }
  return (value) => known.has(value);
}
