/**
 * Where the batch lies in an axis whose size is a multiple of it. Of tokens [L N, E] the batch runs within each token, of
 * windows [N W, E] around them: the number of elements before the batch in its axis, `outer`, is L and 1.
 */
import { inputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { openAxis } from "../operators/size.ts";
import { has } from "../operators/traits.ts";
import type { RelevanceNode } from "./node.ts";

/**
 * For values whose shape depends on the batch, how many elements lie before the batch in its axis.
 *
 * @param nodes in the order of the forward pass
 */
export function outerSizes(nodes: readonly RelevanceNode[]): ReadonlyMap<string, number> {
  const outer = new Map<string, number>();
  for (const { node, site, edges } of nodes) {
    const inputs = edges.map((index) => inputOf(node, index));
    const input = inputs.find((name) => openAxis(site.shape(name)) >= 0);
    if (input === undefined) continue;
    const before = outer.get(input) ?? 1;
    // A change of shape leaves all elements in their order, and so how many of them lie before the batch.
    const inAll = before * elementsBefore(site.shape(input));
    for (const output of node.outputs) {
      if (output === "") continue;
      const dims = site.shape(output);
      if (openAxis(dims) < 0) continue;
      // Copies of the batch stand around it.
      const copies = has(node, "repeats") ? timesOf(dims) / timesOf(site.shape(input)) : 1;
      outer.set(output, has(node, "reshapes") ? inAll / elementsBefore(dims) : before * copies);
    }
  }
  return outer;
}

/** How many times the batch the size is that depends on it. */
function timesOf(dims: readonly Size[]): number {
  const size = dims[openAxis(dims)];
  return typeof size === "object" ? size.times : 1;
}

/** The product of the sizes before the one that depends on the batch. */
function elementsBefore(dims: readonly Size[]): number {
  return dims.slice(0, openAxis(dims)).reduce<number>((all, size) => all * Number(size), 1);
}
