/** The boxes of a drawn relevance graph: blocks of nodes, the picture and the logits, the signs where a column ends. */
import type { RelevanceGraph } from "@onnx-lrp/core";
import type { GraphNode } from "@onnx-lrp/core/internal";
import { attributes, escaped, written } from "../svg.ts";
import type { Letters, TextStyle } from "../text-fit.ts";
import type { Block } from "./blocks.ts";
import { edgeInks, ends, looks } from "./colours.ts";
import { type Point, spaces, type Turn } from "./layout.ts";
import { operationTitle, shapeText, tooltip } from "./words.ts";

/** Sizes in pixels. */
export const boxWidth = 232;
export const endHeight = 44;
export const turnHeight = 26;
const headHeight = 42;
const rowHeight = 20;
const inset = 12;
/** What an arrow's head takes of a line. */
export const gap = 8;

export const styles = {
  title: { size: 20, weight: "bold" },
  subtitle: { size: 13 },
  operation: { size: 13, weight: "bold" },
  small: { size: 11 },
} as const satisfies Record<string, TextStyle>;

export const inks = { text: "#1d232b", small: "#4b5664", page: "#ffffff" } as const;

export function heightOf({ nodes, more }: Block): number {
  return headHeight + rowHeight * (nodes.length - 1 + (more.length > 0 ? 1 : 0));
}

/** What boxes are drawn with. */
export interface Drawing {
  readonly graph: RelevanceGraph;
  readonly letters: Letters;
}

export function drawBlock(block: Block, { x, y }: Point, drawing: Drawing): string {
  const [first, ...others] = block.nodes;
  if (first === undefined) return "";
  const rows = [
    ...(block.more.length > 0
      ? [(top: number, last: boolean) => drawMore(first, block.more, top, last)]
      : []),
    ...others.map((node) => (top: number, last: boolean) => drawRow(node, top, last, drawing)),
  ];
  const drawn = rows.map((draw, i) => draw(headHeight + i * rowHeight, i === rows.length - 1));
  const head = drawHead(first, rows.length === 0, drawing);
  return `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">${head}${drawn.join("")}</g>`;
}

/** Where edges are left out: what they would lead to. */
function drawMore(at: GraphNode, names: readonly string[], top: number, last: boolean): string {
  const others = names.length === 1 ? "1 more" : `${names.length} more`;
  return [
    `<g transform="translate(0 ${top})"><title>${escaped(`Relevance continues to:\n${names.join("\n")}`)}</title>`,
    `<path d="${outline(0, rowHeight, { top: false, bottom: last })}" ${border(at, inks.page)}/>`,
    written(`\u2191 and to ${others} above`, { x: inset, y: 14 }, styles.small, inks.small),
    "</g>",
  ].join("");
}

function drawHead(at: GraphNode, alone: boolean, { graph, letters }: Drawing): string {
  const { textWidth, ellipsize } = letters;
  const { fill, strong } = looks[at.kind];
  const operation = operationTitle(at, graph);
  const warning = at.kind === "problem" ? "no rule" : at.rule;
  const room = boxWidth - 2 * inset;
  const rule = ellipsize(warning, room * 0.45, styles.small);
  const shape = ellipsize(shapeText(at.shape), room * 0.6, styles.small);
  const operationRoom = room - textWidth(rule, styles.small) - gap;
  const nameRoom = room - textWidth(shape, styles.small) - gap;
  return [
    `<g${valueAttribute(at)}><title>${escaped(tooltip(at, graph))}</title>`,
    `<path d="${outline(0, headHeight, { top: true, bottom: alone })}" ${border(at, fill)}/>`,
    `<path d="${stripe(headHeight, alone)}" fill="${strong}"/>`,
    written(
      ellipsize(operation, operationRoom, styles.operation),
      { x: inset, y: 17 },
      styles.operation,
      inks.text,
    ),
    written(rule, { x: boxWidth - inset, y: 17 }, styles.small, darker(at, strong), "end"),
    written(tail(at.name, nameRoom, textWidth), { x: inset, y: 33 }, styles.small, inks.small),
    written(shape, { x: boxWidth - inset, y: 33 }, styles.small, inks.small, "end"),
    "</g>",
  ].join("");
}

function drawRow(at: GraphNode, top: number, last: boolean, { graph, letters }: Drawing): string {
  const { textWidth, ellipsize } = letters;
  const { fill, strong } = looks[at.kind];
  const room = boxWidth - 2 * inset;
  const rule = ellipsize(at.rule, room * 0.5, styles.small);
  const operation = ellipsize(
    operationTitle(at, graph),
    room - textWidth(rule, styles.small) - gap,
    styles.small,
  );
  return [
    `<g${valueAttribute(at)} transform="translate(0 ${top})"><title>${escaped(tooltip(at, graph))}</title>`,
    `<path d="${outline(0, rowHeight, { top: false, bottom: last })}" ${border(at, fill)}/>`,
    written(operation, { x: inset, y: 14 }, styles.small, inks.text),
    written(rule, { x: boxWidth - inset, y: 14 }, styles.small, darker(at, strong), "end"),
    "</g>",
  ].join("");
}

/** The value that the node makes, for programs that do something where one clicks. */
function valueAttribute({ node }: GraphNode): string {
  return ` data-value="${escaped(node.outputs[0] ?? "")}"`;
}

/** The grey of passing nodes is too pale for small letters. */
function darker({ kind }: GraphNode, strong: string): string {
  return kind === "pass" || kind === "gate" ? inks.small : strong;
}

function border({ kind }: GraphNode, fill: string): string {
  const { strong, dashed } = looks[kind];
  return attributes({
    fill,
    stroke: strong,
    "stroke-width": kind === "problem" ? 2 : 1,
    "stroke-dasharray": dashed ? "4 3" : undefined,
  });
}

const radius = 6;

/** A rectangle with round corners where it ends. */
function outline(top: number, height: number, round: { top: boolean; bottom: boolean }): string {
  const [up, down] = [round.top ? radius : 0, round.bottom ? radius : 0];
  const [right, bottom] = [boxWidth, top + height];
  return (
    `M${up} ${top}H${right - up}a${up} ${up} 0 0 1 ${up} ${up}V${bottom - down}` +
    `a${down} ${down} 0 0 1 ${-down} ${down}H${down}a${down} ${down} 0 0 1 ${-down} ${-down}V${top + up}` +
    `a${up} ${up} 0 0 1 ${up} ${-up}z`
  );
}

function stripe(height: number, round: boolean): string {
  const down = round ? radius : 0;
  return `M5 0V${height}H${down}a${down} ${down} 0 0 1 ${-down} ${-down}V${radius}a${radius} ${radius} 0 0 1 ${radius} ${-radius}z`;
}

/** The end of a name, where nodes of a network differ. */
function tail(name: string, width: number, textWidth: Letters["textWidth"]): string {
  if (textWidth(name, styles.small) <= width) return name;
  // No box is wider than so many characters.
  const characters = [...name.slice(-500)];
  while (characters.length > 0) {
    characters.shift();
    const shorter = `…${characters.join("")}`;
    if (textWidth(shorter, styles.small) <= width) return shorter;
  }
  return "";
}

export function drawEnd(what: string, which: string, { x, y }: Point, { ellipsize }: Letters): string {
  const middle = boxWidth / 2;
  return [
    `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"><title>${escaped(`${what}\n${which}`)}</title>`,
    `<rect width="${boxWidth}" height="${endHeight}" rx="${endHeight / 2}" fill="${ends.fill}"/>`,
    written(what, { x: middle, y: 19 }, styles.operation, ends.ink, "middle"),
    written(
      ellipsize(which, boxWidth - 40, styles.small),
      { x: middle, y: 34 },
      styles.small,
      ends.small,
      "middle",
    ),
    "</g>",
  ].join("");
}

/** Where a column ends, and where the next goes on: relevance comes from there. */
export function drawTurn(
  index: number,
  { box, foot, top }: Turn,
  blocks: readonly Block[],
  { textWidth }: Letters,
): string {
  const name = blocks[box - 1]?.nodes.at(-1)?.name ?? "the picture";
  const letter = turnLetter(index);
  const arrow = attributes({
    d: `M${foot.x} ${foot.y - turnHeight / 2 - spaces.ranks + gap}V${foot.y - turnHeight / 2}`,
    stroke: edgeInks.relevance,
    "stroke-width": 1.5,
    "marker-start": "url(#relevance)",
  });
  return [
    `<path ${arrow}/>`,
    drawSign(letter, "goes on in the next column", foot),
    drawSign(letter, `continues from ${tail(name, boxWidth - 110, textWidth)}`, top),
  ].join("");
}

/** A, B, ..., Z, A2, ... */
function turnLetter(index: number): string {
  const round = Math.floor(index / 26);
  return `${String.fromCharCode(65 + (index % 26))}${round === 0 ? "" : round + 1}`;
}

function drawSign(letter: string, text: string, { x, y }: Point): string {
  const [left, top] = [x - boxWidth / 2, y - turnHeight / 2];
  return [
    `<g transform="translate(${left.toFixed(1)} ${top.toFixed(1)})">`,
    `<rect width="${boxWidth}" height="${turnHeight}" rx="${turnHeight / 2}" fill="#ffffff" stroke="${ends.fill}"/>`,
    `<circle cx="${turnHeight / 2}" cy="${turnHeight / 2}" r="9" fill="${ends.fill}"/>`,
    written(letter, { x: turnHeight / 2, y: turnHeight / 2 + 4 }, styles.small, ends.ink, "middle"),
    written(text, { x: boxWidth / 2 + 8, y: turnHeight / 2 + 4 }, styles.small, inks.text, "middle"),
    "</g>",
  ].join("");
}
