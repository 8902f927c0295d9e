/** Labels of which each hangs together: superpixels of a picture, segments of a signal, supervoxels of a volume. */
import type { Places } from "../../grid/grid.ts";

/** Places grouped into connected regions. */
export interface Superpixels {
  /** How many there are: labels go from 0 to count - 1. */
  readonly count: number;
  /** The label of each place, row-major; all places of a label hang together by their sides. */
  readonly labels: Int32Array;
}

/** Places of one label that hang together by their sides. */
interface Component {
  readonly label: number;
  readonly pixels: readonly number[];
}

/**
 * The largest connected part of each label keeps it (of equally large ones the uppermost); any other part goes to the
 * label with which it shares the longest border (of equally long ones the lowest). Labels are then numbered without gaps.
 *
 * SLIC leaves open which neighbour a stray part joins. This way no label is added.
 */
export function connected(labels: Int32Array, size: Places): Superpixels {
  const largest = new Map<number, Component>();
  const components = componentsOf(labels, size);
  for (const component of components) {
    const before = largest.get(component.label);
    if (before === undefined || component.pixels.length > before.pixels.length) {
      largest.set(component.label, component);
    }
  }
  const settled = new Int32Array(labels.length).fill(-1);
  for (const { label, pixels } of largest.values()) for (const pixel of pixels) settled[pixel] = label;
  let strays = components.filter((component) => largest.get(component.label) !== component);
  while (strays.length > 0) {
    // A stray part among stray parts waits until one of them has found its label.
    strays = strays.filter(({ pixels }) => {
      const label = longestBorder(pixels, settled, size);
      for (const pixel of pixels) settled[pixel] = label;
      return label === -1;
    });
  }
  const order = new Map([...largest.keys()].sort((a, b) => a - b).map((label, i) => [label, i]));
  return { count: order.size, labels: settled.map((label) => order.get(label) ?? 0) };
}

/** In the order of their first pixels. */
function componentsOf(labels: Int32Array, size: Places): Component[] {
  const found = new Uint8Array(labels.length);
  const components: Component[] = [];
  for (const [start, label] of labels.entries()) {
    if (found[start] === 1) continue;
    found[start] = 1;
    const pixels = [start];
    // The list grows while it is gone through.
    for (const pixel of pixels) {
      for (const next of neighbours(pixel, size)) {
        if (found[next] === 1 || labels[next] !== label) continue;
        found[next] = 1;
        pixels.push(next);
      }
    }
    components.push({ label, pixels });
  }
  return components;
}

/** The label, -1 if there is none yet. */
function longestBorder(pixels: readonly number[], settled: Int32Array, size: Places): number {
  const borders = new Map<number, number>();
  for (const pixel of pixels) {
    for (const next of neighbours(pixel, size)) {
      const label = settled[next] ?? -1;
      if (label !== -1) borders.set(label, (borders.get(label) ?? 0) + 1);
    }
  }
  let best = { label: -1, length: 0 };
  for (const [label, length] of borders) {
    if (length > best.length || (length === best.length && label < best.label)) best = { label, length };
  }
  return best.label;
}

function neighbours(pixel: number, { depth, height, width }: Places): number[] {
  const plane = height * width;
  const [z, y, x] = [Math.floor(pixel / plane), Math.floor(pixel / width) % height, pixel % width];
  const found: number[] = [];
  if (z > 0) found.push(pixel - plane);
  if (y > 0) found.push(pixel - width);
  if (x > 0) found.push(pixel - 1);
  if (x < width - 1) found.push(pixel + 1);
  if (y < height - 1) found.push(pixel + width);
  if (z < depth - 1) found.push(pixel + plane);
  return found;
}
