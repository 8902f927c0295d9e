/** Small parts of SVG documents. */
import type { TextStyle } from "./text-fit.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Text escaped for an element or an attribute. XML allows no control characters but tab and line ends. */
export function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Those that have a value. */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ");
}

/** A line of text on its baseline. */
export function written(
  text: string,
  { x, y }: Point,
  { size, weight = "regular" }: TextStyle,
  colour: string,
  anchor: "start" | "middle" | "end" = "start",
): string {
  if (text === "") return "";
  return `<text ${attributes({
    x,
    y,
    "font-size": size,
    "font-weight": weight === "bold" ? 700 : undefined,
    fill: colour,
    "text-anchor": anchor === "start" ? undefined : anchor,
  })}>${escaped(text)}</text>`;
}

/** A smooth line (a uniform cubic B-spline) from the first point to the last, which leans to those between. */
export function curve(points: readonly Point[]): string {
  const [first, second] = points;
  const last = points.at(-1);
  if (first === undefined || second === undefined || last === undefined) return "";
  if (points.length === 2) return `M${pair(first)}L${pair(last)}`;
  // The last point stands twice, so that the spline comes close to it.
  const ends = [...points.slice(2), last];
  const pieces = ends.map((after, i) => {
    const [from, to] = [points[i] ?? last, points[i + 1] ?? last];
    return `C${pair(between(from, to, 1 / 3))} ${pair(between(from, to, 2 / 3))} ${pair(knot(from, to, after))}`;
  });
  return `M${pair(first)}L${pair(between(first, second, 1 / 6))}${pieces.join("")}L${pair(last)}`;
}

function knot(a: Point, b: Point, c: Point): Point {
  return { x: (a.x + 4 * b.x + c.x) / 6, y: (a.y + 4 * b.y + c.y) / 6 };
}

function between(a: Point, b: Point, share: number): Point {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

function pair({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
