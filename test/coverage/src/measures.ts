/** Small arithmetic of the coverage table. */
import type { ConservationReport, Problem } from "@onnx-lrp/core";
import type { Explained, Obstacle } from "./result.ts";

/** |a - b| / |b| in L2. @throws when their sizes differ */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers cannot be compared with ${b.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i += 1) {
    difference += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    size += (b[i] ?? 0) ** 2;
  }
  return Math.sqrt(difference / size);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Nodes that got less than this share of the seed are measured against it: their own sums are rounding. */
const negligible = 1e-3;

/**
 * The node whose balance is worst: what it received, against what it propagated and what is known to be absorbed, relative
 * to what it received or propagated, whichever is larger.
 */
export function worstBalance(report: ConservationReport): Explained["conservation"] {
  const seed = Math.abs(report[0]?.relevanceIn ?? 0);
  let worst = { error: 0, at: "" };
  for (const { node, op, rule, relevanceIn, relevanceOut, constants, ...absorbed } of report) {
    const { bias, stabilizer, zeroDenominator } = absorbed;
    const gap = Math.abs(relevanceIn - relevanceOut - bias - stabilizer - zeroDenominator - constants);
    const error = gap / Math.max(Math.abs(relevanceIn), Math.abs(relevanceOut), negligible * seed);
    const at = `${op} ${node ?? ""} (${rule})`;
    if (Number.isNaN(error)) return { error, at };
    if (error > worst.error) worst = { error, at };
  }
  return worst;
}

/** The unsupported nodes by operation and reason, most frequent first. */
export function obstaclesOf(problems: readonly Problem[]): Obstacle[] {
  const found = new Map<string, Obstacle>();
  for (const { node, reason: sentence } of problems) {
    const reason = shortReason(sentence);
    const op = node?.op ?? "network";
    const key = `${op}\n${reason}`;
    const example = node === undefined ? "" : node.name || (node.outputs[0] ?? "");
    const before = found.get(key);
    found.set(key, { op, reason, example, nodes: (before?.nodes ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => b.nodes - a.nodes);
}

/** The first sentence of what is wrong, without names, so that it is the same for all nodes that have it. */
export function shortReason(reason: string): string {
  const [sentence = reason] = reason.split(/\.(?:\s|$)/, 1);
  return sentence.replace(/^(is )?not covered: it /, "").replaceAll(/ node "[^"]*"/g, " node");
}
