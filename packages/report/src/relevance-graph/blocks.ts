/**
 * The relevance graph drawn compactly: a layer and the nodes that merely pass its output on (an activation, a pooling, a
 * reshape, an activation written as a small product such as x sigmoid(x)) form one block, one below the other.
 */
import type { GraphNode } from "@onnx-lrp/core/internal";

/** Nodes that are drawn as one: what goes into the block goes into some of them, what comes out is the last one's. */
export interface Block {
  readonly nodes: readonly GraphNode[];
  /** Names of nodes further up that relevance goes to too, along edges that are not drawn. */
  readonly more: readonly string[];
}

/** An edge in the direction of the forward pass. */
export interface BlockEdge {
  /** Index of a block, or the picture. */
  readonly from: number | "picture";
  /** Index of a block, or the logits. */
  readonly to: number | "logits";
  /** Whether relevance flows back along it, does not (to a gate), or would without the problem at its end. */
  readonly kind: "relevance" | "gate" | "blocked";
}

export interface BlockGraph {
  readonly blocks: readonly Block[];
  readonly edges: readonly BlockEdge[];
}

/** @param logits the value that the graph ends in */
export function blockGraph(nodes: readonly GraphNode[], logits: string): BlockGraph {
  const users = usersOf(nodes);
  const blockOf = new Map<GraphNode, number>();
  const blocks: GraphNode[][] = [];
  for (const node of nodes) {
    if (blockOf.has(node)) continue;
    const members = [node];
    for (let more = following(members, users, logits); more.length > 0; ) {
      members.push(...more);
      more = following(members, users, logits);
    }
    for (const member of members) blockOf.set(member, blocks.length);
    blocks.push(members);
  }
  return thinned(blocks, edgesOf(nodes, blockOf, logits));
}

/** The most edges to a block that are all drawn, though others lead from where they come from too. */
const drawn = 3;

/**
 * Where a block takes from many that others take from too, as each layer of a dense block takes from all before it, its
 * edges are a thicket in which nothing can be seen. Only what is nearest is drawn then; from each block there is an edge
 * to the nearest that takes from it.
 */
function thinned(blocks: readonly (readonly GraphNode[])[], edges: readonly BlockEdge[]): BlockGraph {
  const place = (end: BlockEdge["from"] | BlockEdge["to"]) =>
    end === "picture" ? -1 : end === "logits" ? blocks.length : end;
  const nearest = new Map<BlockEdge["from"], number>();
  const farthest = new Map<BlockEdge["to"], number>();
  const count = new Map<BlockEdge["to"], number>();
  for (const { from, to } of edges) {
    nearest.set(from, Math.min(nearest.get(from) ?? Infinity, place(to)));
    farthest.set(to, Math.max(farthest.get(to) ?? -1, place(from)));
    count.set(to, (count.get(to) ?? 0) + 1);
  }
  const more = blocks.map((): string[] => []);
  const kept = edges.filter(({ from, to, kind }) => {
    const few = (count.get(to) ?? 0) <= drawn || kind !== "relevance" || to === "logits";
    if (few || nearest.get(from) === to || farthest.get(to) === place(from)) return true;
    more[to]?.push(from === "picture" ? "the picture" : (blocks[from]?.at(-1)?.name ?? ""));
    return false;
  });
  return { blocks: blocks.map((nodes, i) => ({ nodes, more: more[i] ?? [] })), edges: kept };
}

/** The nodes that use each value. */
function usersOf(nodes: readonly GraphNode[]): Map<string, GraphNode[]> {
  const users = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const signal of node.signals) users.set(signal, [...(users.get(signal) ?? []), node]);
  }
  return users;
}

/** The longest activation that is written in small parts (Gelu, by its tanh) has eight. */
const most = 8;

/**
 * The least further nodes that can join a block, so that only the last of them is used outside; none where there are
 * no such.
 */
function following(
  members: readonly GraphNode[],
  users: ReadonlyMap<string, readonly GraphNode[]>,
  logits: string,
): GraphNode[] {
  const last = members.at(-1);
  if (last === undefined) return [];
  const made = new Set(last.node.outputs);
  const joined: GraphNode[] = [];
  const waiting = new Set(last.node.outputs.flatMap((value) => users.get(value) ?? []));
  while (joined.length < most) {
    const next = [...waiting].find(({ signals }) => signals.every((signal) => made.has(signal)));
    if (next === undefined || !passesOn(next, last)) return [];
    waiting.delete(next);
    joined.push(next);
    for (const output of next.node.outputs) {
      made.add(output);
      for (const user of users.get(output) ?? []) waiting.add(user);
    }
    if (closed([last, ...joined.slice(0, -1)], joined, users, logits)) return joined;
  }
  return [];
}

/** Whether all that the nodes make is used by those joined, and none of it is the logits. */
function closed(
  nodes: readonly GraphNode[],
  joined: readonly GraphNode[],
  users: ReadonlyMap<string, readonly GraphNode[]>,
  logits: string,
): boolean {
  const values = nodes.flatMap(({ node }) => node.outputs);
  return values.every(
    (value) => value !== logits && (users.get(value) ?? []).every((user) => joined.includes(user)),
  );
}

const passing: ReadonlySet<string> = new Set(["pass", "route", "winner", "signal", "gradient", "unknown"]);

/** Whether a node may stand under another: it is no layer, and no large thing happens on the way to a gate. */
function passesOn(next: GraphNode, after: GraphNode): boolean {
  if (weighty.has(next.node.op) || (joining.has(next.node.op) && next.signals.length > 1)) return false;
  if (next.kind === "gate") return after.kind === "gate" || next.shape?.join() === after.shape?.join();
  return passing.has(next.kind);
}

const weighty: ReadonlySet<string> = new Set([
  "Conv",
  "ConvTranspose",
  "Gemm",
  "MatMul",
  "Einsum",
  "GlobalAveragePool",
  "ReduceMean",
  "AveragePool",
]);

/** Where several ways meet; with constants they are as small as any activation. */
const joining: ReadonlySet<string> = new Set(["Add", "Sum", "Concat"]);

function edgesOf(
  nodes: readonly GraphNode[],
  blockOf: ReadonlyMap<GraphNode, number>,
  logits: string,
): BlockEdge[] {
  const makers = new Map(nodes.flatMap((node) => node.node.outputs.map((output) => [output, node] as const)));
  const edges = new Map<string, BlockEdge>();
  const add = (edge: BlockEdge) => {
    const key = `${edge.from} ${edge.to}`;
    const before = edges.get(key);
    if (before === undefined || before.kind === "gate") edges.set(key, edge);
  };
  const place = (value: string) => {
    const maker = makers.get(value);
    return maker === undefined ? undefined : blockOf.get(maker);
  };
  for (const node of nodes) {
    const to = blockOf.get(node) ?? 0;
    for (const signal of node.signals) {
      const from = place(signal) ?? "picture";
      const through = node.relevance.has(signal) ? "relevance" : "gate";
      if (from !== to) add({ from, to, kind: node.kind === "problem" ? "blocked" : through });
    }
  }
  add({ from: place(logits) ?? "picture", to: "logits", kind: "relevance" });
  return [...edges.values()];
}
