/**
 * Every node between the picture and the logits, and what it is to relevance: those that hand it on, gates that get
 * none, and those that stand in the way.
 */
import type { Node } from "@onnx-lrp/onnx-loader";
import type { Problem, RelevanceGraph, RelevanceNode } from "./build.ts";
import { imageDependent } from "./flow.ts";
import { ruleTitle } from "./rule-title.ts";

/**
 * What a node is to relevance, by which it is coloured: the name of its rule, or
 *
 * - `pass`, `route`, `winner`, `gradient`: a node without a rule's formula
 * - `signal`: a product with a gate, which hands all relevance to its signal
 * - `gate`: a node on the way to a gate, to which no relevance comes
 * - `unknown`: no rule covers it, and it is got over as was asked for
 * - `problem`: it stands in the way
 */
export type NodeKind =
  | "zbox"
  | "zplus"
  | "epsilon"
  | "gamma"
  | "alpha-beta"
  | "flat"
  | "wsquare"
  | "rule"
  | "gradient"
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
  /** Its name, or that of what it makes. */
  readonly name: string;
  /** Its operation, with the domain where that is not ONNX's own. */
  readonly op: string;
  readonly kind: NodeKind;
  /** The rule in words, as `inspect` prints it. */
  readonly rule: string;
  readonly role: string | undefined;
  /** Shape of the first output; sizes that grow with the batch are "N". undefined where it is not known. */
  readonly shape: readonly (number | string)[] | undefined;
  /** Inputs that depend on the picture. */
  readonly signals: readonly string[];
  /** Those of them that relevance goes to. */
  readonly relevance: ReadonlySet<string>;
  /** What stands in the way, for a problem. */
  readonly reason: string | undefined;
}

/** In the order of the forward pass. */
export function nodesBetween(graph: RelevanceGraph, problems: readonly Problem[]): GraphNode[] {
  const dependent = imageDependent(graph.model.graph, graph.image.name);
  const known = new Map(graph.nodes.map((at) => [at.node, at]));
  const reasons = new Map(problems.map(({ node, error }) => [node, error.message]));
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
  const [output = ""] = node.outputs;
  const what = {
    node,
    name: node.name || output,
    op: node.domain === "" ? node.op : `${node.domain}.${node.op}`,
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
    rule: at.unknown === undefined ? ruleTitle(at) : `--unknown ${at.unknown}`,
    role: at.role,
    relevance: new Set(at.edges.map((index) => node.inputs[index] ?? "")),
    reason: undefined,
  };
}

const coloured: ReadonlySet<string> = new Set([
  "zbox",
  "zplus",
  "epsilon",
  "gamma",
  "alpha-beta",
  "flat",
  "wsquare",
] satisfies NodeKind[]);

function kindOf({ rule, behaviour, propagation, unknown }: RelevanceNode): NodeKind {
  if (unknown !== undefined) return "unknown";
  if (rule !== undefined) return isColoured(rule.name) ? rule.name : "rule";
  if (behaviour.kind === "route") return behaviour.name;
  if (propagation === "gradient" || behaviour.kind === "linear") return "gradient";
  return behaviour.kind === "pass" ? "pass" : "signal";
}

/** A rule that was added later has no colour of its own. */
function isColoured(name: string): name is NodeKind {
  return coloured.has(name);
}
