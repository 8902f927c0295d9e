/** Lines of equal value of a map, by marching squares. */
import type { Heatmap } from "@onnx-lrp/core";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A piece of a line, within a square between four pixels. */
type Segment = readonly [Point, Point];

/**
 * Where a map crosses `level`, between the centres of its pixels; a line that reaches the edge of the map ends there.
 *
 * @returns segments in pixels of the map: the centre of the first is 0.5, 0.5
 */
export function contourSegments({ width, height, values }: Heatmap, level: number): Segment[] {
  const at = (x: number, y: number) => (values[y * width + x] ?? 0) - level;
  const segments: Segment[] = [];
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const corners = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)] as const;
      if (corners.every((value) => value >= 0) || corners.every((value) => !(value >= 0))) continue;
      segments.push(...crossings(corners).map(([a, b]): Segment => [moved(a, x, y), moved(b, x, y)]));
    }
  }
  return segments;
}

function moved(point: Point, x: number, y: number): Point {
  return { x: point.x + x + 0.5, y: point.y + y + 0.5 };
}

/** @param corners clockwise from the top left, less the level */
function crossings([a, b, c, d]: readonly [number, number, number, number]): Segment[] {
  const sides: Point[] = [];
  if (a >= 0 !== b >= 0) sides.push({ x: a / (a - b), y: 0 });
  if (b >= 0 !== c >= 0) sides.push({ x: 1, y: b / (b - c) });
  if (c >= 0 !== d >= 0) sides.push({ x: d / (d - c), y: 1 });
  if (d >= 0 !== a >= 0) sides.push({ x: 0, y: a / (a - d) });
  const [first, second, third, fourth] = sides;
  if (first === undefined || second === undefined) return [];
  if (third === undefined || fourth === undefined) return [[first, second]];
  // A saddle: the middle says which corners belong together.
  const together = a + b + c + d >= 0 === a >= 0;
  return together
    ? [
        [first, second],
        [third, fourth],
      ]
    : [
        [fourth, first],
        [second, third],
      ];
}

/** Segments as SVG path data. @param zoom of the drawing against the map */
export function contourPath(segments: readonly Segment[], zoom: number): string {
  const pair = ({ x, y }: Point) => `${(x * zoom).toFixed(1)} ${(y * zoom).toFixed(1)}`;
  return segments.map(([a, b]) => `M${pair(a)}L${pair(b)}`).join("");
}
