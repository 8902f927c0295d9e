/** What blocks an explanation, node by node, and grouped by reason. */
import type { Problem } from "@onnx-lrp/core";
import type { Remedy } from "@onnx-lrp/onnx-loader/error";
import { nodeLabel, operationName } from "@onnx-lrp/onnx-loader/internal";
import { errorText, remedyText } from "../error-wording.ts";
import { countNames } from "./file-facts.ts";

export interface ProblemFacts {
  /** null for both if the problem concerns the network as a whole. */
  readonly node: string | null;
  readonly op: string | null;
  /** The whole message, as `explain` would print it. */
  readonly message: string;
  /** The part of it that gives the reason. */
  readonly reason: string;
  /** What can be done, in the words of the command line; null if nothing is known. */
  readonly waysOut: string | null;
  /** The same as data. */
  readonly remedies: readonly Remedy[];
  /** The policies of `--unknown` that work around it. */
  readonly policies: readonly string[];
}

export function problemFacts({ node, reason, policies, error }: Problem): ProblemFacts {
  const { remedies } = error;
  const waysOut = remedies.length === 0 ? null : remedyText(remedies);
  const said = { message: errorText(error), reason, waysOut, remedies, policies };
  if (node === undefined) return { ...said, node: null, op: null };
  return { ...said, node: nodeLabel(node), op: operationName(node) };
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

/** What can be done about them, one sentence each; policies of `--unknown` have sentences of their own. */
export function waysOut(problems: readonly ProblemFacts[]): string[] {
  const ways = problems.map(({ remedies }) => remedyText(remedies.filter((remedy) => !isPolicy(remedy))));
  const nodes = problems.filter(({ node }) => node !== null).length;
  const policies = Object.entries(countNames(problems.flatMap(({ policies }) => policies)));
  const over = policies.map(([policy, count]) => {
    return `--unknown ${policy} works around ${count === nodes ? "all of them" : `${count} of the ${nodes}`} without a rule.`;
  });
  return [...[...new Set(ways)].filter((way) => way !== ""), ...over];
}

function isPolicy(remedy: Remedy): boolean {
  return remedy.kind === "option" && remedy.option === "unknown";
}
