import type { ShapeName } from "../classes.ts";

/** All outlines that are drawn: the four of the classes and those that only distractors have. */
export type OutlineName = ShapeName | "ellipse" | "bar" | "half-disc" | "pentagon";

const tau = 2 * Math.PI;

/**
 * Signed distance from (x, y) to the outline, negative inside, in the units of `radius`; the outline is centred at
 * the origin. Sizes are set so that all outlines of one radius look about equally large.
 */
export function outlineDistance(outline: OutlineName, x: number, y: number, radius: number): number {
  switch (outline) {
    case "disc":
      return Math.sqrt(x * x + y * y) - 0.9 * radius;
    case "triangle":
      return polygonDistance(x, y, triangle, radius);
    case "star":
      return polygonDistance(x, y, star, radius);
    case "cross":
      return crossDistance(Math.abs(x), Math.abs(y), radius, 0.37 * radius);
    case "ellipse":
      return ellipseDistance(x, y, 1.1 * radius, 0.52 * radius);
    case "bar":
      return boxDistance(x, y, 1.05 * radius, 0.42 * radius);
    case "half-disc":
      return Math.max(Math.sqrt(x * x + (y + 0.4 * radius) * (y + 0.4 * radius)) - radius, -0.4 * radius - y);
    case "pentagon":
      return polygonDistance(x, y, pentagon, radius);
  }
}

/** The largest distance of the outline from its centre, in radii. */
export const outlineReach = 1.2;

type Corner = readonly [number, number];

const triangle = corners(3, () => 1.2);
const star = corners(10, (i) => (i % 2 === 0 ? 1.18 : 0.56));
const pentagon = corners(5, () => 1);

function corners(count: number, distance: (index: number) => number): readonly Corner[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = (tau * i) / count - tau / 4;
    return [distance(i) * Math.cos(angle), distance(i) * Math.sin(angle)];
  });
}

/** Distance to a closed polygon: nearest edge, with the sign from the even-odd rule. */
function polygonDistance(x: number, y: number, polygon: readonly Corner[], scale: number): number {
  const px = x / scale;
  const py = y / scale;
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  let [bx, by] = polygon[polygon.length - 1] ?? [0, 0];
  for (const [ax, ay] of polygon) {
    const ex = bx - ax;
    const ey = by - ay;
    const wx = px - ax;
    const wy = py - ay;
    const along = Math.min(Math.max((wx * ex + wy * ey) / (ex * ex + ey * ey), 0), 1);
    const dx = wx - ex * along;
    const dy = wy - ey * along;
    nearest = Math.min(nearest, dx * dx + dy * dy);
    if (ay > py !== by > py && px < ax + (ex * (py - ay)) / ey) inside = !inside;
    bx = ax;
    by = ay;
  }
  return (inside ? -1 : 1) * Math.sqrt(nearest) * scale;
}

function crossDistance(x: number, y: number, reach: number, halfWidth: number): number {
  return Math.min(boxDistance(x, y, reach, halfWidth), boxDistance(x, y, halfWidth, reach));
}

function boxDistance(x: number, y: number, halfX: number, halfY: number): number {
  const dx = Math.abs(x) - halfX;
  const dy = Math.abs(y) - halfY;
  const ox = Math.max(dx, 0);
  const oy = Math.max(dy, 0);
  return Math.sqrt(ox * ox + oy * oy) + Math.min(Math.max(dx, dy), 0);
}

/** First-order distance: exact on the outline, which is all that antialiasing and the rim need. */
function ellipseDistance(x: number, y: number, halfX: number, halfY: number): number {
  const ux = x / halfX;
  const uy = y / halfY;
  const level = Math.sqrt(ux * ux + uy * uy);
  if (level === 0) return -Math.min(halfX, halfY);
  const gx = ux / halfX;
  const gy = uy / halfY;
  return (level * (level - 1)) / Math.sqrt(gx * gx + gy * gy);
}
