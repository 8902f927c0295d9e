/** Small networks with attention of several kinds, of pictures [3, 4, 4] in patches of 2 x 2, with four classes. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";

const [tokens, heads] = [5, 2];
/** Channels of a token. */
export const width = 6;

/** Tokens [N, L, E] of the picture: patches, a class token that is a constant, and a position embedding. */
export function embed(g: Network): string {
  const patches = g.conv(g.image, [width, 3, 2, 2], { strides: [2, 2] });
  const rows = g.add("Transpose", [g.add("Reshape", [patches, g.ints([0, width, -1])])], { perm: [0, 2, 1] });
  const batch = g.add("Slice", [g.add("Shape", [rows]), g.ints([0]), g.ints([1])]);
  const shape = g.add("Concat", [batch, g.ints([1, width])], { axis: 0 });
  const token = g.add("Expand", [g.weights([1, 1, width]), shape]);
  return g.add("Add", [g.add("Concat", [token, rows], { axis: 1 }), g.weights([1, tokens, width])]);
}

export function linear(g: Network, x: string, from: number, to: number): string {
  return g.add("Add", [g.add("MatMul", [x, g.weights([from, to])]), g.weights([to], -0.3, 0.3)]);
}

export const norm = (g: Network, x: string) =>
  g.add("LayerNormalization", [x, g.weights([width], 0.5, 1.5), g.weights([width], -0.3, 0.3)], { axis: -1 });

export const scaled = (g: Network, x: string) => g.add("Mul", [x, g.floats([0.7])]);

/** Of queries and keys [..., L, d] and [..., d, L]. */
export const attend = (g: Network, q: string, k: string, v: string, change = (scores: string) => scores) =>
  g.add("MatMul", [g.add("Softmax", [change(scaled(g, g.add("MatMul", [q, k])))], { axis: -1 }), v]);

export function classify(g: Network, x: string): Model {
  return g.model(g.dense(g.add("Gather", [norm(g, x), g.ints([0], [])], { axis: 1 }), width, 4));
}

/** Attention with the batch first; `change` is made to the scores. */
export function attention(g: Network, x: string, change?: (scores: string) => string): string {
  const packed = linear(g, x, width, 3 * width);
  const split = g.add("Reshape", [packed, g.ints([0, tokens, 3, heads, -1])]);
  const parts = g.addMany(
    "Split",
    [g.add("Transpose", [split], { perm: [2, 0, 3, 1, 4] }), g.ints([1, 1, 1])],
    3,
  );
  const [q = "", k = "", v = ""] = parts.map((part) => g.add("Squeeze", [part, g.ints([0])]));
  const mixed = attend(g, q, g.add("Transpose", [k], { perm: [0, 1, 3, 2] }), v, change);
  const joined = g.add("Reshape", [
    g.add("Transpose", [mixed], { perm: [0, 2, 1, 3] }),
    g.ints([0, tokens, width]),
  ]);
  return linear(g, joined, width, width);
}

/** As torch.nn.MultiheadAttention is exported: tokens before the batch, heads in one axis with it. */
export function tokensFirst(g: Network, x: string): string {
  const moved = g.add("Transpose", [x], { perm: [1, 0, 2] });
  const head = (value: string) =>
    g.add("Transpose", [g.add("Reshape", [value, g.ints([tokens, -1, width / heads])])], { perm: [1, 0, 2] });
  const [q = "", k = "", v = ""] = [0, 1, 2].map(() => head(linear(g, moved, width, width)));
  const mixed = attend(g, q, g.add("Transpose", [k], { perm: [0, 2, 1] }), v);
  const rows = g.add("Reshape", [g.add("Transpose", [mixed], { perm: [1, 0, 2] }), g.ints([-1, width])]);
  const out = g.add("Reshape", [g.dense(rows, width, width), g.ints([tokens, -1, width])]);
  return g.add("Transpose", [out], { perm: [1, 0, 2] });
}

function einsum(g: Network, x: string): string {
  const q = linear(g, x, width, width);
  const k = linear(g, x, width, width);
  const scores = g.add("Einsum", [q, k], { equation: "bid,bjd->bij" });
  const weights = g.add("Softmax", [scaled(g, scores)], { axis: -1 });
  return g.add("Einsum", [weights, linear(g, x, width, width)], { equation: "bij,bjd->bid" });
}

/** Two heads, whose weights a matrix mixes. */
const talkingHeads = (g: Network, x: string) =>
  attention(g, x, (scores) => {
    const last = g.add("Transpose", [scores], { perm: [0, 2, 3, 1] });
    return g.add("Transpose", [g.add("MatMul", [last, g.weights([heads, heads])])], { perm: [0, 3, 1, 2] });
  });

/** The last key is hidden, by -inf or a number that does the same. */
export const masked = (hidden: number) => (g: Network, x: string) =>
  attention(g, x, (scores) => g.add("Add", [scores, g.floats([0, 0, 0, 0, hidden], [1, 1, 1, tokens])]));

/** No softmax: (K^T V) / L is what the queries read. */
function linearAttention(g: Network, x: string): string {
  const [q = "", k = "", v = ""] = [0, 1, 2].map(() => linear(g, x, width, width));
  const context = g.add("MatMul", [g.add("Transpose", [g.add("Tanh", [k])], { perm: [0, 2, 1] }), v]);
  return g.add("MatMul", [g.add("Tanh", [q]), scaled(g, context)]);
}

export const block =
  (inner: (g: Network, x: string) => string) =>
  (g: Network, x: string): string => {
    const attended = g.add("Add", [x, inner(g, norm(g, x))]);
    const wide = g.add("Softplus", [linear(g, norm(g, attended), width, 8)]);
    return g.add("Add", [attended, linear(g, wide, 8, width)]);
  };

export const built = (inner: (g: Network, x: string) => string, blocks = 1): Model => {
  const g = network({ input: ["N", 3, 4, 4], seed: 7 });
  let x = embed(g);
  for (let i = 0; i < blocks; i += 1) x = block(inner)(g, x);
  return classify(g, x);
};

export const attentionNetworks = {
  "batch first": built(attention),
  "tokens first": built(tokensFirst),
  Einsum: built(einsum),
  "talking heads": built(talkingHeads),
  "a mask of -inf": built(masked(Number.NEGATIVE_INFINITY)),
  "linear attention": built(linearAttention),
  "two blocks": built(tokensFirst, 2),
};
