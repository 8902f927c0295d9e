/**
 * Layers of tokens whose places are those of the input: values N x L x C, L x N x C or N x h x w x C, where L is h w and some
 * tokens more before them (a class token, registers), and h x w the grid of patches that a convolution made, or a half, a
 * quarter ... of it where patches are merged. Sums and normalizations, the stream that blocks read and write, stand for all.
 */
import { type Node, outputOf } from "@onnx-lrp/onnx-loader";
import type { Shapes, Size } from "@onnx-lrp/onnx-loader/internal";
import { openAxis } from "../operators/size.ts";
import { isOp } from "../operators/traits.ts";

/** Where batch, channels and places lie in a value of tokens. */
export interface TokenAxes {
  readonly batch: number;
  readonly channels: number;
  /** One for each axis of the grid, or one for all of them. */
  readonly places: readonly number[];
  /** Tokens before those of the grid. */
  readonly before: number;
}

export interface TokenLayer {
  readonly node: Node;
  readonly channels: number;
  /** Of the grid. */
  readonly sizes: readonly number[];
  readonly tokens: TokenAxes;
}

/** Class tokens and registers; more would be other tokens. */
const mostTokensBefore = 8;

/**
 * @param nodes that depend on the input and that the scores depend on
 * @param grids sizes of the layers with places, in the order of the forward pass
 * @param isAttended whether tokens of a value reach others in a later layer; those behind a class token that only it leaves
 * towards the scores have no gradient
 */
export function tokenLayers(
  nodes: readonly Node[],
  shapes: Shapes,
  grids: readonly (readonly number[])[],
  isAttended: (value: string) => boolean,
): TokenLayer[] {
  const all = [...grids].reverse().flatMap((grid) => [grid, ...halves(grid)]);
  return nodes.flatMap((node) => {
    if (!isOp(node, "Add", "Sum", "LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"))
      return [];
    const dims = shapes.get(outputOf(node))?.dims ?? [];
    const channels = dims.at(-1);
    if (typeof channels !== "number") return [];
    for (const sizes of all) {
      const tokens = placesIn(dims, sizes);
      const isMap = tokens !== undefined && sizes.some((size) => size > 1);
      if (isMap && (tokens.before === 0 || (grids.includes(sizes) && isAttended(outputOf(node)))))
        return [{ node, channels, sizes, tokens }];
    }
    return [];
  });
}

/** A half, a quarter ... of a grid, as long as that is even along each axis. */
function halves(grid: readonly number[]): number[][] {
  const found: number[][] = [];
  for (
    let sizes = grid.map((size) => size / 2);
    sizes.every(Number.isInteger);
    sizes = sizes.map((s) => s / 2)
  )
    found.push([...sizes]);
  return found;
}

/** Where a value of these dims has the places of a grid; undefined if it has not. */
function placesIn(dims: readonly Size[], sizes: readonly number[]): TokenAxes | undefined {
  const channels = dims.length - 1;
  const batch = Math.max(0, openAxis(dims));
  if (batch > 1 || batch === channels) return undefined;
  const places = dims.flatMap((_, axis) => (axis === batch || axis === channels ? [] : [axis]));
  if (places.length === sizes.length && sizes.length > 1) {
    const same = places.every((axis, i) => dims[axis] === sizes[i]);
    return same ? { batch, channels, places, before: 0 } : undefined;
  }
  const [axis = 0, ...more] = places;
  const count = dims[axis];
  const before = Number(count) - sizes.reduce((a, b) => a * b, 1);
  if (more.length > 0 || typeof count !== "number" || before < 0 || before > mostTokensBefore)
    return undefined;
  return { batch, channels, places, before };
}
