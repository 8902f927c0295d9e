/** The weights that each layer of attention mixes its tokens with, and where queries, keys, heads and batch lie in them. */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import { lettersOf } from "../operators/einsum.ts";
import type { Site } from "../operators/operator.ts";
import { openAxis, sizeProduct, timesOf } from "../operators/size.ts";
import { isOp } from "../operators/traits.ts";
import { outerSizes } from "./batch-order.ts";
import type { RelevanceNode } from "./node.ts";

export interface AttentionWeights {
  /** The product of the weights and the values. */
  readonly node: Node;
  readonly value: string;
  readonly queries: number;
  readonly keys: number;
  /** The axes in the order: heads and batch, queries, keys. */
  readonly perm: readonly number[];
  /** What heads and batch are in that order, for Reshape: heads before the batch, the batch (-1), heads after it. */
  readonly lead: readonly [number, -1, number];
  /** Numbers in the values, for each picture. */
  readonly mixed: number;
}

/**
 * @param nodes of the relevance graph of a gradient, in the order of the forward pass
 * @returns undefined in place of a layer whose weights have other axes than these
 */
export function attentionWeights(
  nodes: readonly RelevanceNode[],
): { readonly node: Node; readonly weights: AttentionWeights | undefined }[] {
  const outer = outerSizes(nodes);
  return nodes.flatMap(({ node, site, behaviour }) =>
    behaviour.kind === "bilinear" && behaviour.weights !== undefined
      ? [{ node, weights: weightsOf(site, behaviour.weights, outer) }]
      : [],
  );
}

function weightsOf(site: Site, factor: 0 | 1, outer: ReadonlyMap<string, number>) {
  const { node } = site;
  const value = inputOf(node, factor);
  const dims = site.shape(value);
  const axes = tokenAxes(site, factor, dims.length);
  if (axes === undefined) return undefined;
  const { queries, keys } = axes;
  const [from, to] = [dims[keys], dims[queries]];
  const lead = dims.flatMap((_, axis) => (axis === queries || axis === keys ? [] : [axis]));
  if (typeof from !== "number" || typeof to !== "number" || lead.length === 0) return undefined;
  // Where the batch is fixed it is the outermost of these axes, as it is of pictures.
  const batch = openAxis(dims) < 0 ? lead[0] : openAxis(dims);
  const sizes = lead.map((axis) => timesOf(dims[axis]));
  const before = sizes.slice(0, lead.indexOf(batch ?? 0)).reduce((a, b) => a * b, 1);
  const around = openAxis(dims) < 0 ? 1 : (outer.get(value) ?? 1);
  const heads = sizes.reduce((a, b) => a * b, 1);
  const mixed = sizeProduct(site.shape(inputOf(node, 1 - factor)));
  return {
    ...{ node, value, queries: to, keys: from, perm: [...lead, queries, keys] },
    lead: [before * around, -1, heads / (before * around)] as const,
    mixed: timesOf(mixed),
  };
}

/** The two axes of the weights that are tokens: the one that the product sums over is that of the keys. */
function tokenAxes(site: Site, factor: 0 | 1, rank: number) {
  if (isOp(site.node, "MatMul")) {
    const [rows, columns] = [rank - 2, rank - 1];
    return factor === 0 ? { queries: rows, keys: columns } : { queries: columns, keys: rows };
  }
  const letters = lettersOf(site);
  if ("reason" in letters) return undefined;
  const [weights = "", values = ""] = [letters.inputs[factor], letters.inputs[1 - factor]];
  const those = (ofOutput: boolean, ofValues: boolean) =>
    [...weights].filter(
      (letter) => letters.output.includes(letter) === ofOutput && values.includes(letter) === ofValues,
    );
  const [keys, ...moreKeys] = those(false, true);
  const [queries, ...moreQueries] = those(true, false);
  if (keys === undefined || queries === undefined || moreKeys.length + moreQueries.length > 0)
    return undefined;
  return { queries: weights.indexOf(queries), keys: weights.indexOf(keys) };
}
