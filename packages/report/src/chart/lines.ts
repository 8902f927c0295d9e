/** How the lines of a chart look, and their legend. */
import { attributes, written } from "../svg.ts";
import { ellipsize, type TextStyle, textWidth } from "../text.ts";

export interface Line {
  readonly name: string;
  /** Number of its colour, for a page that has others; and the colour on white. */
  readonly colour: number;
  readonly ink: string;
  /** As `stroke-dasharray` has it; undefined for a solid line. */
  readonly dashes: string | undefined;
  readonly shape: Shape;
}

type Shape = "disc" | "square" | "triangle" | "diamond" | "cross";
const shapes: readonly Shape[] = ["disc", "square", "triangle", "diamond", "cross"];

/** Distinguishable with any colour vision (after Okabe and Ito), dark enough for white. */
const inks = ["#0067a6", "#c44f00", "#00805d", "#a8478a", "#3b3f46", "#9a6a00", "#2d9bd6", "#7a4fd0"];
/** The same on near-black, for pages. */
export const darkInks = [
  "#5fb2ee",
  "#ff9a5c",
  "#4bc9a0",
  "#e694c9",
  "#c9ced6",
  "#e0b04a",
  "#9fd8ff",
  "#b79cf7",
];
const dashes = [undefined, "9 4", "2.5 3", "9 3 2 3", "15 4", "5 2.5", "12 3 2 3 2 3"];

/** The i-th line's look: no two of the first 56 share both colour and dashes. */
export function lineOf(name: string, i: number): Line {
  const colour = i % inks.length;
  return {
    name,
    colour,
    ink: inks[colour] ?? "",
    dashes: dashes[i % dashes.length],
    shape: shapes[i % shapes.length] ?? "disc",
  };
}

/** @param title of the shape, an element */
export function shapeAt({ shape, ink }: Line, x: number, y: number, title = ""): string {
  const path = {
    disc: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    square: "M-3.6 -3.6h7.2v7.2h-7.2z",
    triangle: "M0 -4.8L4.6 3.4H-4.6z",
    diamond: "M0 -5.2L5.2 0L0 5.2L-5.2 0z",
    cross: "M-3.8 -3.8L3.8 3.8M-3.8 3.8L3.8 -3.8",
  }[shape];
  return `<path ${attributes({
    class: shape === "cross" ? undefined : "filled",
    transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
    d: path,
    fill: shape === "cross" ? "none" : ink,
  })}>${title}</path>`;
}

export function sampleOf(line: Line): { name: string; svg: string } {
  const svg = [
    `<g class="s${line.colour}" fill="none" stroke="${line.ink}" stroke-width="2">`,
    `<path d="M0 0h34" ${attributes({ "stroke-dasharray": line.dashes })}/>${shapeAt(line, 17, 0)}</g>`,
  ].join("");
  return { name: line.name, svg };
}

const sampleWidth = 34;
const lineHeight = 24;

/** Samples with their names, in as many lines as they need. */
export function drawLegend(
  samples: readonly { name: string; svg: string }[],
  width: number,
  style: TextStyle,
  colour: string,
): { svg: string; height: number } {
  const parts: string[] = [];
  let [x, y] = [0, 0];
  for (const { name, svg } of samples) {
    const text = ellipsize(name, width - sampleWidth - 8, style);
    const takes = sampleWidth + 8 + Math.ceil(textWidth(text, style)) + 26;
    if (x > 0 && x + takes - 26 > width) [x, y] = [0, y + lineHeight];
    const words = written(text, { x: sampleWidth + 8, y: 4.5 }, style, colour).replace(
      /^<text/,
      '<text class="ink"',
    );
    parts.push(`<g transform="translate(${x} ${y + lineHeight / 2})">${svg}${words}</g>`);
    x += takes;
  }
  return { svg: parts.join(""), height: samples.length > 0 ? y + lineHeight : 0 };
}
