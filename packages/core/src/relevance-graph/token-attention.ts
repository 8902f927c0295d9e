/**
 * Attention over one set of tokens from the first layer to the last: the weights of each layer, the grid that the tokens lie
 * on, and those that the scores are read from. Attention rollout is made of it.
 */
import { type Node, outputOf, type Remedy, UserError } from "@onnx-lrp/onnx-loader";
import { describeNode, nodeSubject, type Shapes } from "@onnx-lrp/onnx-loader/internal";
import { timesOf } from "../operators/size.ts";
import { type AttentionWeights, attentionWeights } from "./attention-weights.ts";
import type { RelevanceGraph } from "./build.ts";
import { imageDependent } from "./flow.ts";
import type { SpatialLayer } from "./layers.ts";
import type { TokenAxes } from "./token-layers.ts";
import { tokensRead } from "./tokens-read.ts";

export interface TokenAttention {
  /** In the order of the forward pass. */
  readonly layers: readonly AttentionWeights[];
  /** The number of tokens, those before the grid included. */
  readonly count: number;
  /** Tokens before those of the grid: a class token, registers. */
  readonly before: number;
  /** The patches, along the axes of the input. */
  readonly grid: SpatialLayer;
  /** The tokens that the scores are read from. */
  readonly read: readonly number[];
}

/**
 * @param graph of a gradient, back to the picture
 * @param layers with places, among them those of tokens
 * @throws UserError `unsupported` for a network without such attention, with windows, or with patches that are merged
 */
export function findTokenAttention(
  { nodes, model, shapes }: Pick<RelevanceGraph, "nodes" | "model" | "shapes">,
  layers: readonly SpatialLayer[],
): TokenAttention {
  const found = attentionWeights(nodes);
  const last = found.at(-1)?.node;
  if (last === undefined) throw refused(undefined, "there is no attention whose weights a Softmax makes");
  const weights = found.map(({ node, weights: own }) => {
    if (own !== undefined) return own;
    throw refused(node, `${describeNode(node)} mixes by weights of other axes than heads, queries and keys`);
  });
  const count = weights[0]?.keys ?? 0;
  for (const { node, queries, keys } of weights) {
    if (queries !== count || keys !== count)
      throw refused(
        node,
        `${describeNode(node)} lets ${queries} tokens attend to ${keys}, and the first layer has ${count}`,
      );
  }
  const stream = layers.flatMap(({ tokens, ...grid }) =>
    tokens !== undefined && tokensOf(grid, tokens) === count && isWhole(shapes, grid.value, tokens)
      ? [{ grid, tokens }]
      : [],
  )[0];
  if (stream === undefined)
    throw refused(
      last,
      `the ${count} tokens of ${describeNode(last)} are no grid of patches of the whole input`,
    );
  const { grid, tokens } = stream;
  const whole = count * grid.channels;
  for (const { node, mixed } of weights) {
    if (mixed !== whole)
      throw refused(
        node,
        `${describeNode(node)} mixes ${mixed} numbers, where ${count} tokens of ${grid.channels} channels have ${whole}`,
      );
  }
  const behind = imageDependent(model.graph, outputOf(last));
  const read = tokensRead(
    nodes.filter(({ node }) => node.inputs.some((input) => behind.has(input))),
    count,
  );
  if (read === undefined)
    throw refused(last, "which tokens the scores are read from is not known before the run");
  return { layers: weights, count, before: tokens.before, grid, read };
}

function tokensOf({ sizes }: Pick<SpatialLayer, "sizes">, { before }: TokenAxes): number {
  return before + sizes.reduce((a, b) => a * b, 1);
}

/** Whether a value holds all tokens of a picture together; of windows each has its own. */
function isWhole(shapes: Shapes, value: string, { batch }: TokenAxes): boolean {
  const size = shapes.get(value)?.dims[batch];
  return typeof size === "number" || timesOf(size) === 1;
}

function refused(node: Node | undefined, why: string): UserError {
  const remedies: Remedy[] = [{ kind: "option", option: "method", values: ["sglrp", "lrp", "grad-cam"] }];
  return new UserError(
    "unsupported",
    `Attention rollout multiplies the attention of all layers, which must be over the same tokens, on a grid of patches; but ${why}.`,
    { subject: node === undefined ? {} : nodeSubject(node), remedies },
  );
}
