/** The forward pass once more, on a baseline: the same nodes under other names. */
import type { Node, Tape } from "@onnx-lrp/onnx-loader";
import type { Site } from "../operators/operator.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { imageDependent } from "../relevance-graph/flow.ts";

export interface BaselinePass {
  /** What a value is on the baseline; constants stay what they are. */
  value(name: string): string;
  /** A node's place there. */
  site(site: Site): Site;
  /** The nodes to be added to the forward pass, in order. */
  readonly nodes: readonly Node[];
}

/** @param picture the baseline, in the shape of the input */
export function createBaselinePass(
  tape: Tape,
  { model, attributedValue }: RelevanceGraph,
  picture: string,
): BaselinePass {
  const { graph } = model;
  const dependent = imageDependent(graph, attributedValue);
  const names = new Map([[attributedValue, picture]]);
  const originals = new Map([[picture, attributedValue]]);
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === "" || !dependent.has(output)) continue;
      const name = tape.fresh(`lrp/baseline/${output}`);
      names.set(output, name);
      originals.set(name, output);
    }
  }
  const value = (name: string) => names.get(name) ?? name;
  const original = (name: string) => originals.get(name) ?? name;
  const clones = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (!node.outputs.some((output) => names.has(output))) continue;
    clones.set(node, {
      ...node,
      name: tape.fresh(`lrp/baseline/${node.name || node.op}`),
      inputs: node.inputs.map(value),
      outputs: node.outputs.map(value),
    });
  }
  return {
    value,
    nodes: [...clones.values()],
    site: (site) => ({
      node: clones.get(site.node) ?? site.node,
      isSignal: site.isSignal,
      dependsOnImage: (name) => site.dependsOnImage(original(name)),
      shape: (name) => site.shape(original(name)),
      numbers: site.numbers,
      producer: (name) => site.producer(original(name)),
    }),
  };
}
