/** What stands in the way of an explanation, each node by itself, and told together where the reason is the same. */
import type { Problem } from "@onnx-lrp/core";
import { countNames, operationName } from "./file-facts.ts";

export interface ProblemFacts {
  /** null for both where it is the network as a whole. */
  readonly node: string | null;
  readonly op: string | null;
  /** The whole sentence, as `explain` would say it. */
  readonly message: string;
  /** What of it is the reason. */
  readonly reason: string;
  readonly waysOut: string | null;
  /** The policies of `--unknown` that get over it. */
  readonly policies: readonly string[];
}

export function problemFacts({ node, reason, policies, error }: Problem): ProblemFacts {
  const said = { message: error.message, reason, waysOut: waysOutOf(error), policies };
  if (node === undefined) return { ...said, node: null, op: null };
  return { ...said, node: node.name || (node.outputs[0] ?? ""), op: operationName(node) };
}

/** What a sentence says is to be done. */
function waysOutOf({ message }: Error): string | null {
  return message.split(/\s*Ways out: /)[1] ?? null;
}

/** Problems with one reason. */
export interface ProblemGroup {
  readonly op: string | null;
  readonly reason: string;
  readonly nodes: readonly string[];
}

/** By operation and reason, where names in quotes make no difference; the largest group first. */
export function groupProblems(problems: readonly ProblemFacts[]): ProblemGroup[] {
  const groups = new Map<string, { op: string | null; reason: string; nodes: string[] }>();
  for (const { op, reason, node } of problems) {
    const key = `${op} ${reason.replaceAll(/"[^"]*"/g, '""')}`;
    const group = groups.get(key) ?? { op, reason, nodes: [] };
    if (node !== null) group.nodes.push(node);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
}

/** What can be done about them, one sentence each; how far a policy of `--unknown` leads is told by itself. */
export function waysOut(problems: readonly ProblemFacts[]): string[] {
  const ways = problems.flatMap(
    ({ waysOut }) => waysOut?.replace(/ get over it without a rule \([^)]*\),/, "") ?? [],
  );
  const nodes = problems.filter(({ node }) => node !== null).length;
  const policies = Object.entries(countNames(problems.flatMap(({ policies }) => policies)));
  const over = policies.map(([policy, count]) => {
    return `--unknown ${policy} gets over ${count === nodes ? "all" : `${count} of the ${nodes}`} without a rule.`;
  });
  return [...[...new Set(ways)].map((way) => `Ways out: ${way}`), ...over];
}
