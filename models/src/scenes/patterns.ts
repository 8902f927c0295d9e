import type { TextureName } from "../classes.ts";

/**
 * Signed distance from (x, y) to the pattern's second colour, negative where that colour is. `period` is the
 * pattern's repeat and has the same unit as x and y; the origin is the centre of the object.
 */
export function patternDistance(texture: TextureName, x: number, y: number, period: number): number {
  switch (texture) {
    case "striped":
      return wave(x, period);
    case "dotted":
      return dots(x, y, period);
    case "checked":
      return checks(wave(x, 1.35 * period), wave(y, 1.35 * period));
    case "ringed":
      return wave(Math.sqrt(x * x + y * y) + 0.1 * period, period);
  }
}

/** Distance to the nearest border of bands of equal width, negative in every second band. */
function wave(position: number, period: number): number {
  const phase = position / period - Math.floor(position / period);
  return (Math.abs(phase - 0.5) - 0.25) * -period;
}

/** Dots on a lattice of equilateral triangles. */
function dots(x: number, y: number, period: number): number {
  const spacing = 1.12 * period;
  const rowHeight = 0.8660254037844386 * spacing;
  const row = Math.round(y / rowHeight);
  let nearest = Number.POSITIVE_INFINITY;
  for (let r = row - 1; r <= row + 1; r++) {
    const shift = r % 2 === 0 ? 0 : spacing / 2;
    const dx = x - shift - spacing * Math.round((x - shift) / spacing);
    const dy = y - r * rowHeight;
    nearest = Math.min(nearest, dx * dx + dy * dy);
  }
  return Math.sqrt(nearest) - 0.31 * spacing;
}

function checks(a: number, b: number): number {
  return Math.min(Math.abs(a), Math.abs(b)) * (a < 0 === b < 0 ? 1 : -1);
}
