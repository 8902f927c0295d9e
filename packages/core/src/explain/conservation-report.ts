/** The relevance that each node receives and propagates, read from an explanation model's output. */
import { nodeLabel } from "@onnx-lrp/onnx-loader/internal";
import type { CompiledExplanation } from "../compile/compile.ts";
import { conservationColumns } from "../compile/conservation.ts";

import { ruleTitle } from "../relevance-graph/rule-title.ts";

/** A node of a conservation report; sums over all elements, for one picture and target. */
export interface ConservationRow {
  /** undefined for the seed on the logits. */
  readonly node: string | undefined;
  readonly op: string;
  /** The rule, or what else the node does with relevance. */
  readonly rule: string;
  readonly relevanceIn: number;
  readonly relevanceOut: number;
  /** What the bias, the stabilizer and zero denominators kept back of what was relevanceIn. */
  readonly bias: number;
  readonly stabilizer: number;
  readonly zeroDenominator: number;
  /** What went to other inputs that were given a value. */
  readonly otherInputs: number;
  /** What went to constants that the node joins to the signal: a class token, padding, what a mask puts in its place. */
  readonly constants: number;
}

/** The relevance that each node receives and propagates. */
export type ConservationReport = readonly ConservationRow[];

/**
 * The report for one picture and target.
 *
 * @param values [N * K, nodes, columns], the `conservation` output
 * @param at which of the N * K
 */
export function conservationReport(
  { conservation }: CompiledExplanation,
  values: Float32Array,
  at: number,
): ConservationReport {
  const rows = conservation?.rows ?? [];
  const width = conservationColumns.length;
  return rows.map((row, i) => {
    const [
      relevanceIn = 0,
      relevanceOut = 0,
      bias = 0,
      stabilizer = 0,
      zeroDenominator = 0,
      otherInputs = 0,
      constants = 0,
    ] = values.subarray((at * rows.length + i) * width);
    const numbers = { relevanceIn, relevanceOut, bias, stabilizer, zeroDenominator, otherInputs, constants };
    if (row === "seed") return { node: undefined, op: "logits", rule: "seed", ...numbers };
    return {
      node: nodeLabel(row.node),
      op: row.node.op,
      rule: ruleTitle(row),
      ...numbers,
    };
  });
}
