/**
 * Operators whose nodes cannot be read as those of a newer opset, after 17: their axes moved to an input, an attribute's
 * words or the meaning of one changed. A file has one opset for all its nodes, which is raised no further than 17; but
 * functions bring opsets of their own.
 */

import { subgraphs } from "../attributes.ts";
import { lookUp } from "../look-up.ts";
import type { Graph } from "../model.ts";

const changes: Readonly<Record<string, readonly number[]>> = {
  AveragePool: [19],
  DFT: [20],
  GridSample: [20],
  GroupNormalization: [21],
  LpPool: [18],
  ReduceL1: [18],
  ReduceL2: [18],
  ReduceLogSum: [18],
  ReduceLogSumExp: [18],
  ReduceMax: [18],
  ReduceMean: [18],
  ReduceMin: [18],
  ReduceProd: [18],
  ReduceSumSquare: [18],
  Resize: [18, 19],
  Split: [18],
};

/** The first operator of the graph that does not mean the same at both opsets. */
export function changedBetween(nodes: Graph["nodes"], from: number, to: number): string | undefined {
  for (const node of nodes) {
    const changed =
      node.domain === "" && lookUp(changes, node.op)?.some((opset) => from < opset && opset <= to);
    if (changed) return node.op;
    for (const inner of subgraphs(node)) {
      const deep = changedBetween(inner.nodes, from, to);
      if (deep !== undefined) return deep;
    }
  }
  return undefined;
}
