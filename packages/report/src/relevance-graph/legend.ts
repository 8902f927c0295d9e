/** What the colours and lines of a drawn relevance graph mean; only those that are in it. */

import type { GraphNode, NodeKind } from "@onnx-lrp/core/internal";
import { attributes, written } from "../svg.ts";
import type { Letters, TextStyle } from "../text-fit.ts";
import type { BlockEdge } from "./blocks.ts";
import { edgeInks, looks } from "./colours.ts";

export interface Legend {
  /** From the top left of its place. */
  readonly svg: string;
  readonly height: number;
}

const style: TextStyle = { size: 12 };
const ink = "#1d232b";
const lineHeight = 22;
const swatch = { width: 22, height: 14 };
const spaces = { afterSwatch: 7, afterEntry: 20 };

/** What the shorter names mean. */
const meanings: Partial<Record<NodeKind, string>> = {
  pass: "pass: relevance stays unchanged",
  route: "route: to where each value came from",
  winner: "winner: to the largest value",
  signal: "to the signal, not to its gate",
  gate: "gate: receives no relevance",
  unknown: "worked around without a rule",
  problem: "blocks the explanation",
};

const lines: Readonly<Record<BlockEdge["kind"], string>> = {
  relevance: "relevance flows along the arrows",
  gate: "none flows to a gate",
  blocked: "ends at a blocking node",
};

interface Entry {
  readonly text: string;
  /** Drawn in a place of the swatch's size. */
  readonly sign: string;
}

/** @param width where entries wrap */
export function legendOf(
  nodes: readonly GraphNode[],
  edges: readonly BlockEdge[],
  width: number,
  { textWidth }: Letters,
): Legend {
  let [x, y] = [0, 0];
  const parts: string[] = [];
  for (const { text, sign } of [...kindEntries(nodes), ...lineEntries(edges)]) {
    const wide = swatch.width + spaces.afterSwatch + textWidth(text, style);
    if (x > 0 && x + wide > width) {
      x = 0;
      y += lineHeight;
    }
    const words = written(text, { x: swatch.width + spaces.afterSwatch, y: 12 }, style, ink);
    parts.push(`<g transform="translate(${x.toFixed(1)} ${y})">${sign}${words}</g>`);
    x += wide + spaces.afterEntry;
  }
  return { svg: parts.join(""), height: y + lineHeight };
}

function kindEntries(nodes: readonly GraphNode[]): Entry[] {
  const counts = new Map<string, { kind: NodeKind; count: number }>();
  for (const { kind, rule } of nodes) {
    const text = meanings[kind] ?? rule;
    counts.set(text, { kind, count: (counts.get(text)?.count ?? 0) + 1 });
  }
  const order = Object.keys(looks);
  return [...counts]
    .sort(([, a], [, b]) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .map(([text, { kind, count }]) => ({ text: `${text} (${count})`, sign: square(kind) }));
}

function square(kind: NodeKind): string {
  const { fill, strong, dashed } = looks[kind];
  const edge = attributes({ fill, stroke: strong, "stroke-dasharray": dashed ? "4 3" : undefined });
  const stripe = `<path d="M3 1V15H5V1z" fill="${strong}"/>`;
  return `<rect x="0.5" y="1" width="${swatch.width}" height="${swatch.height}" rx="3" ${edge}/>${dashed ? "" : stripe}`;
}

function lineEntries(edges: readonly BlockEdge[]): Entry[] {
  const kinds = new Set(edges.map(({ kind }) => kind));
  return (["relevance", "gate", "blocked"] as const)
    .filter((kind) => kinds.has(kind))
    .map((kind) => ({ text: lines[kind], sign: line(kind) }));
}

function line(kind: BlockEdge["kind"]): string {
  return `<path ${attributes({
    d: kind === "gate" ? `M0 8H${swatch.width}` : `M8 8H${swatch.width}`,
    stroke: edgeInks[kind],
    "stroke-width": 1.5,
    "stroke-dasharray": kind === "gate" ? "4 3" : kind === "blocked" ? "2 3" : undefined,
    "marker-start": kind === "gate" ? undefined : `url(#${kind})`,
  })}/>`;
}
