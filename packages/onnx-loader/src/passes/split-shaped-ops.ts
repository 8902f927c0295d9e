/**
 * Writes nodes that are several operations in one as these, where that takes the shapes of values: attention and what
 * transformers have around it. Nodes of which more than the first output is used stay.
 */
import { constantReader, constantTensors } from "../constants.ts";
import { createTape, identity, valueNames } from "../emit.ts";
import { lookUp } from "../look-up.ts";
import type { Model, Node } from "../model.ts";
import { nodeLabel, outputOf } from "../node.ts";
import type { Shapes } from "../shapes.ts";
import { consumers } from "../topology.ts";
import type { PassResult } from "./pass.ts";
import { attention, multiHeadAttention, packedAttention } from "./shaped/attention.ts";
import { col2Im } from "./shaped/col2im.ts";
import { contextOf, type ShapedSplit } from "./shaped/context.ts";
import { gatherND } from "./shaped/gather-nd.ts";
import { meanVarianceNormalization } from "./shaped/mean-variance-normalization.ts";
import { rotaryEmbedding } from "./shaped/rotary-embedding.ts";
import { skipLayerNormalization, skipSimplifiedLayerNormalization } from "./shaped/skip-normalization.ts";

const own: Readonly<Record<string, ShapedSplit>> = {
  Attention: attention,
  Col2Im: col2Im,
  GatherND: gatherND,
  MeanVarianceNormalization: meanVarianceNormalization,
  RotaryEmbedding: rotaryEmbedding,
};

const microsoft: Readonly<Record<string, ShapedSplit>> = {
  Attention: packedAttention,
  MultiHeadAttention: multiHeadAttention,
  RotaryEmbedding: rotaryEmbedding,
  SkipLayerNormalization: skipLayerNormalization,
  SkipSimplifiedLayerNormalization: skipSimplifiedLayerNormalization,
};

function splitOf({ domain, op }: Node): ShapedSplit | undefined {
  if (domain === "") return lookUp(own, op);
  return domain === "com.microsoft" ? lookUp(microsoft, op) : undefined;
}

/** @param shapes of every value */
export function splitShapedOps(model: Model, shapes: Shapes): PassResult {
  const { graph } = model;
  const known = graph.nodes.filter((node) => splitOf(node) !== undefined);
  if (known.length === 0) return { model, changed: [] };
  const users = consumers(graph);
  const results = new Set(graph.outputs.map(({ name }) => name));
  const tape = createTape(valueNames(graph), "split");
  const context = contextOf(tape, {
    dims: (value) => shapes.get(value)?.dims,
    type: (value) => shapes.get(value)?.type,
    numbers: constantReader(constantTensors(graph)),
  });
  let count = 0;
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const split = splitOf(node);
    const isUsed = (output: string) => results.has(output) || users.has(output);
    if (split === undefined || node.outputs.slice(1).some(isUsed)) return [node];
    const value = tape.within(nodeLabel(node), () => split(node, context));
    const made = tape.take();
    if (value === undefined) return [node];
    count += 1;
    return [...made, identity(value, outputOf(node))];
  });
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  if (count === 0) return { model, changed: [] };
  return {
    model: { ...model, graph: { ...graph, nodes, initializers } },
    changed: [
      `${count} node${count === 1 ? " is" : "s are"} written as the operations that ${count === 1 ? "it is" : "they are"} made of.`,
    ],
  };
}
