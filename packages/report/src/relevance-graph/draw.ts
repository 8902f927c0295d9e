/** The relevance graph as an SVG: the picture on top, the logits at the foot, relevance along the arrows. */
import type { Problem, RelevanceGraph } from "@onnx-lrp/core";
import { nodesBetween } from "@onnx-lrp/core/internal";
import { attributes, curve, escaped, written } from "../svg.ts";
import type { Letters } from "../text-fit.ts";
import { type BlockEdge, type BlockGraph, blockGraph } from "./blocks.ts";
import {
  boxWidth,
  drawBlock,
  drawEnd,
  drawTurn,
  endHeight,
  gap,
  heightOf,
  inks,
  styles,
  turnHeight,
} from "./boxes.ts";
import { edgeInks } from "./colours.ts";
import { type Point, placeBoxes } from "./layout.ts";
import { type Legend, legendOf } from "./legend.ts";

/** What a drawing of the relevance graph shows. */
export interface RelevanceGraphOptions {
  /** Nodes that block the explanation, as `inspectExplanation` finds them. */
  readonly problems?: readonly Problem[] | undefined;
  /** The network's name. */
  readonly title?: string | undefined;
  /** A line under it: the method, say. */
  readonly subtitle?: string | undefined;
}

const margin = 28;
const narrowest = 640;

/** The font of a drawing. */
export interface Typeface {
  readonly letters: Letters;
  /** CSS that goes with the drawing; empty where the page that it lies in has the font. */
  readonly style: string;
}

/**
 * Draws a relevance graph. A layer and the nodes that merely pass its output on form one block; edges that relevance flows
 * along are solid, those to gates dashed, those that end at a problem red. Tooltips show more about a node.
 *
 * @returns an SVG document
 */
export function drawRelevanceGraph(
  graph: RelevanceGraph,
  { letters, style }: Typeface,
  options: RelevanceGraphOptions = {},
): string {
  const { problems = [], title = "", subtitle = "" } = options;
  const nodes = nodesBetween(graph, problems);
  const parts = blockGraph(nodes, graph.head.logits);
  const { blocks } = parts;
  const end = { width: boxWidth, height: endHeight };
  const boxes = [end, ...blocks.map((block) => ({ width: boxWidth, height: heightOf(block) })), end];
  const placed = placeBoxes(
    boxes,
    parts.edges.map((edge) => linkOf(edge, parts)),
    { width: boxWidth, height: turnHeight },
  );

  const width = Math.ceil(Math.max(placed.width, narrowest) + 2 * margin);
  const header = headerOf(
    title,
    subtitle,
    legendOf(nodes, parts.edges, width - 2 * margin, letters),
    width - 2 * margin,
    letters,
  );
  const height = Math.ceil(header.height + placed.height + 2 * margin);
  const [left, top] = [(width - placed.width) / 2, header.height + margin];
  const shift = ({ x, y }: Point): Point => ({ x: x + left, y: y + top });
  const corner = (index: number): Point => {
    const { x, y } = shift(placed.boxes[index] ?? { x: 0, y: 0 });
    const { width, height } = boxes[index] ?? { width: 0, height: 0 };
    return { x: x - width / 2, y: y - height / 2 };
  };

  const lines = parts.edges.map((edge, i) => drawEdge(edge, (placed.links[i] ?? []).map(shift)));
  const drawn = blocks.map((block, i) => drawBlock(block, corner(i + 1), { graph, letters }));
  const { image, head } = graph;
  const picture = [image.channels, image.height, image.width].join(" x ");
  const score = head.kind === "none" ? "the logits" : `the logits, before the ${head.kind}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...(style === "" ? [] : [`<style>${style}</style>`]),
    `<title>${escaped(title === "" ? "relevance graph" : title)}</title>`,
    `<defs>${(["relevance", "blocked"] as const).map(arrowhead).join("")}</defs>`,
    `<rect width="${width}" height="${height}" fill="${inks.page}"/>`,
    `<g transform="translate(${margin} ${margin})">${header.svg}</g>`,
    `<g fill="none">${lines.join("\n")}</g>`,
    ...drawn,
    drawEnd("the picture", `${image.name}: ${picture}`, corner(0), letters),
    drawEnd(score, `${head.logits}: ${head.classes} classes`, corner(blocks.length + 1), letters),
    ...placed.turns.map((turn, i) =>
      drawTurn(i, { ...turn, foot: shift(turn.foot), top: shift(turn.top) }, blocks, letters),
    ),
    "</svg>\n",
  ].join("\n");
}

/** The picture comes before the blocks, the logits after them. */
function linkOf({ from, to }: BlockEdge, { blocks }: BlockGraph): { from: number; to: number } {
  return { from: from === "picture" ? 0 : from + 1, to: to === "logits" ? blocks.length + 1 : to + 1 };
}

function headerOf(
  title: string,
  subtitle: string,
  legend: Legend,
  width: number,
  { ellipsize, wrap }: Letters,
): { svg: string; height: number } {
  const parts: string[] = [];
  let y = 0;
  if (title !== "") {
    parts.push(written(ellipsize(title, width, styles.title), { x: 0, y: y + 18 }, styles.title, inks.text));
    y += 28;
  }
  for (const line of wrap(subtitle, width, styles.subtitle)) {
    parts.push(written(line, { x: 0, y: y + 14 }, styles.subtitle, inks.small));
    y += 20;
  }
  parts.push(`<g transform="translate(0 ${y + 8})">${legend.svg}</g>`);
  return { svg: parts.join(""), height: margin + y + 8 + legend.height };
}

function arrowhead(kind: "relevance" | "blocked"): string {
  return `<marker id="${kind}" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0.5L8 4L0 7.5z" fill="${edgeInks[kind]}"/></marker>`;
}

/** Relevance runs from the logits to the picture: its arrows point up. */
function drawEdge({ kind }: BlockEdge, points: readonly Point[]): string {
  const [first, second, ...rest] = points;
  if (first === undefined || second === undefined) return "";
  const path = curve(kind === "gate" ? points : [withRoom(first, second), second, ...rest]);
  return `<path ${attributes({
    d: path,
    stroke: edgeInks[kind],
    "stroke-width": kind === "gate" ? 1.2 : 1.5,
    "stroke-dasharray": kind === "gate" ? "4 3" : kind === "blocked" ? "2 3" : undefined,
    "marker-start": kind === "gate" ? undefined : `url(#${kind})`,
  })}/>`;
}

/** A line's start, a bit further along: the arrow's head takes the first few pixels. */
function withRoom(first: Point, second: Point): Point {
  const share = gap / Math.max(gap, Math.hypot(second.x - first.x, second.y - first.y));
  return { x: first.x + (second.x - first.x) * share, y: first.y + (second.y - first.y) * share };
}
