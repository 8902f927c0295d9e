/**
 * Every node between the picture and the logits, and what it does with relevance: nodes that propagate it, gates that
 * receive none, and nodes that block the explanation.
 */
import { inputOf, type Node, outputOf } from "@onnx-lrp/onnx-loader";
import { nodeLabel, operationName } from "@onnx-lrp/onnx-loader/internal";
import type { RuleName } from "../names.ts";
import type { RelevanceGraph } from "./build.ts";
import { imageDependent } from "./flow.ts";
import type { RelevanceNode } from "./node.ts";
import type { Problem } from "./problem.ts";
import { ruleTitle } from "./rule-title.ts";

/**
 * What a node does with relevance, by which it is coloured: the name of its rule, or
 *
 * - `pass`, `route`, `winner`: the relevance of a node without weights goes on unchanged, to where each number came from,
 *   or to the largest
 * - `signal`: a product with a gate, which propagates all relevance to its signal
 * - `gate`: a node whose output only gates others, and which receives no relevance
 * - `unknown`: no rule covers it, and it is worked around as requested (`UnknownPolicy`)
 * - `problem`: it blocks the explanation
 */
export type NodeKind =
  | RuleName
  | "custom"
  | "pass"
  | "route"
  | "winner"
  | "signal"
  | "gate"
  | "unknown"
  | "problem";

/** A node between the picture and the logits. */
export interface GraphNode {
  readonly node: Node;
  /** Its name, or the name of its first output if it has none. */
  readonly name: string;
  /** Its operation, with its domain unless that is ONNX's own. */
  readonly op: string;
  readonly kind: NodeKind;
  /** The rule in words, as `inspect` prints it. */
  readonly rule: string;
  readonly role: string | undefined;
  /** Shape of the first output; sizes that grow with the batch are "N"; undefined if it is unknown. */
  readonly shape: readonly (number | string)[] | undefined;
  /** Inputs that depend on the picture. */
  readonly signals: readonly string[];
  /** Those of `signals` that receive relevance. */
  readonly relevance: ReadonlySet<string>;
  /** Why it blocks the explanation, for a problem. */
  readonly reason: string | undefined;
}

/** In the order of the forward pass. */
export function nodesBetween(graph: RelevanceGraph, problems: readonly Problem[]): GraphNode[] {
  const dependent = imageDependent(graph.model.graph, graph.image.name);
  const known = new Map(graph.nodes.map((at) => [at.node, at]));
  const reasons = new Map(problems.map(({ node, error }) => [node, error.reason]));
  const wanted = new Set([graph.head.logits]);
  const found: GraphNode[] = [];
  for (const node of [...graph.model.graph.nodes].reverse()) {
    if (!node.outputs.some((output) => wanted.has(output) && dependent.has(output))) continue;
    const signals = [...new Set(node.inputs)].filter((input) => dependent.has(input));
    for (const input of signals) wanted.add(input);
    found.push(describe(node, signals, known.get(node), reasons.get(node), graph));
  }
  return found.reverse();
}

function describe(
  node: Node,
  signals: readonly string[],
  at: RelevanceNode | undefined,
  reason: string | undefined,
  { shapes }: RelevanceGraph,
): GraphNode {
  const output = outputOf(node);
  const what = {
    node,
    name: nodeLabel(node),
    op: operationName(node),
    shape: shapes.get(output)?.dims.map((size) => (typeof size === "number" ? size : "N")),
    signals,
  };
  if (at === undefined) {
    const [kind, rule] = reason === undefined ? (["gate", "gate"] as const) : (["problem", "none"] as const);
    return { ...what, kind, rule, role: undefined, relevance: new Set(), reason };
  }
  return {
    ...what,
    kind: kindOf(at),
    rule: at.unknown === undefined ? ruleTitle(at) : `no rule (${at.unknown})`,
    role: at.role,
    relevance: new Set(at.edges.map((index) => inputOf(node, index))),
    reason: undefined,
  };
}

function kindOf({ rule, behaviour, propagation, unknown }: RelevanceNode): NodeKind {
  if (unknown !== undefined) return "unknown";
  if (rule !== undefined) return rule.name;
  if (behaviour.kind === "softmax" && propagation === "rules") return "gate";
  if (behaviour.kind === "route") return behaviour.name;
  if (propagation === "gradient" || behaviour.kind === "linear") return "gradient";
  return behaviour.kind === "pass" ? "pass" : "signal";
}
