/**
 * Attention as one node, written as its definition has it:
 *
 *     Attention (ONNX 23)                  softmax(scale Q K^T + mask) V, heads in an axis of their own or side by side
 *     com.microsoft.Attention              the same of Q, K, V = x W + b
 *     com.microsoft.MultiHeadAttention     the same of Q, K, V with a bias
 */
import { floatAttribute, int, intAttribute, intsAttribute } from "../../attributes.ts";
import type { Node } from "../../model.ts";
import { concat, type ShapedContext, type ShapedSplit, slice, transpose } from "./context.ts";
import { apart, together } from "./heads.ts";

interface Heads {
  /** [N, heads, L, size] each. */
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly headSize: number;
  readonly queries: number;
  readonly keys: number;
}

interface Scores {
  /** 1 / sqrt(head size) where it is 0 or left out. */
  readonly scale: number;
  readonly causal: boolean;
  /** Keys that come before those of the queries. */
  readonly past: number;
  /** Each of a shape that broadcasts to [N, heads, queries, keys]; boolean masks keep what is true. */
  readonly masks: readonly { readonly value: string; readonly boolean: boolean }[];
  /** What a causal or boolean mask puts in place of a score. */
  readonly hidden: number;
  readonly softcap: number;
}

/** @returns [N, heads, queries, size] */
function attend(context: ShapedContext, { q, k, v, headSize, queries, keys }: Heads, how: Scores): string {
  const { tape, op } = context;
  const scale = how.scale === 0 ? 1 / Math.sqrt(headSize) : how.scale;
  const product = tape.emit("MatMul", [q, transpose(context, k, [0, 1, 3, 2])]);
  const plain = op.mul(product, scale);
  let scores = how.softcap > 0 ? op.mul(op.tanh(op.mul(plain, 1 / how.softcap)), how.softcap) : plain;
  for (const { value, boolean } of how.masks) {
    scores = op.add(scores, boolean ? op.where(value, 0, how.hidden) : value);
  }
  if (how.causal) {
    const mask = Array.from({ length: queries * keys }, (_, i) =>
      (i % keys) - how.past > Math.floor(i / keys) ? how.hidden : 0,
    );
    scores = op.add(scores, tape.floats(mask, [queries, keys]));
  }
  return tape.emit("MatMul", [op.softmax(scores, -1), v]);
}

/** Each head of keys and values as often as there are queries for it. */
function repeated({ tape }: ShapedContext, x: string, heads: number, wanted: number): string {
  if (heads === wanted) return x;
  const indices = Array.from({ length: wanted }, (_, head) => Math.floor((head * heads) / wanted));
  return tape.emit("Gather", [x, tape.ints(indices)], { axis: int(1) });
}

export const attention: ShapedSplit = (node, context) => {
  const [q = "", k = "", v = "", mask = "", pastKeys = "", pastValues = "", lengths = ""] = node.inputs;
  const dims = [q, k, v].map((value) => context.dims(value));
  const [qDims, kDims, vDims] = dims;
  const past = pastKeys === "" ? 0 : Number(context.dims(pastKeys)?.[2]);
  if (!(past >= 0) || qDims === undefined || kDims === undefined || vDims === undefined) return undefined;
  const isFlat = qDims.length === 3;
  const heads = isFlat ? intAttribute(node, "q_num_heads", 0) : Number(qDims[1]);
  const keyHeads = isFlat ? intAttribute(node, "kv_num_heads", 0) : Number(kDims[1]);
  const [length, width] = [qDims.at(-2), qDims.at(-1)].map(Number);
  const [keys, valueWidth] = [past + Number(kDims.at(-2)), Number(vDims.at(-1))];
  if (![heads, keyHeads, length, width, keys, valueWidth].every((size) => Number(size) > 0)) return undefined;
  const headSize = isFlat ? Number(width) / heads : Number(width);
  const valueSize = isFlat ? valueWidth / keyHeads : valueWidth;
  const split = (x: string, count: number, size: number, before = "") => {
    const parts = isFlat ? apart(context, x, count, size) : x;
    return repeated(context, before === "" ? parts : concat(context, [before, parts], 2), count, heads);
  };
  const masks = mask === "" ? [] : [{ value: mask, boolean: context.type(mask) === "bool" }];
  const causal = intAttribute(node, "is_causal", 0) === 1;
  if (lengths !== "") {
    masks.push({ value: within(context, lengths, keys), boolean: true });
    if (causal) masks.push({ value: upTo(context, lengths, Number(length), keys), boolean: true });
  }
  const whole = attend(
    context,
    {
      ...{
        q: split(q, heads, headSize),
        k: split(k, keyHeads, headSize, pastKeys),
        v: split(v, keyHeads, valueSize, pastValues),
      },
      ...{ headSize, queries: Number(length), keys },
    },
    {
      scale: floatAttribute(node, "scale", 0),
      causal: causal && lengths === "",
      past,
      masks,
      hidden: Number.NEGATIVE_INFINITY,
      softcap: floatAttribute(node, "softcap", 0),
    },
  );
  return isFlat ? together(context, whole, heads * valueSize) : whole;
};

/** Which keys lie within the lengths [N], as [N, 1, 1, keys]. */
function within({ tape }: ShapedContext, lengths: string, keys: number): string {
  const places = tape.ints(Array.from({ length: keys }, (_, i) => i));
  return tape.emit("Less", [places, tape.emit("Unsqueeze", [lengths, tape.ints([1, 2, 3])])]);
}

/** Which keys are no later than each query, of which the last is the last key within the lengths: [N, 1, queries, keys]. */
function upTo({ tape }: ShapedContext, lengths: string, queries: number, keys: number): string {
  const places = tape.ints(Array.from({ length: keys }, (_, i) => i));
  const rows = tape.ints(
    Array.from({ length: queries }, (_, i) => i - queries),
    [queries, 1],
  );
  const last = tape.emit("Add", [tape.emit("Unsqueeze", [lengths, tape.ints([1, 2, 3])]), rows]);
  return tape.emit("LessOrEqual", [places, last]);
}

/** com.microsoft.Attention */
export const packedAttention: ShapedSplit = (node, context) => {
  const [x = "", weights = "", bias = "", maskIndex = "", past = "", attentionBias = ""] = node.inputs;
  const heads = intAttribute(node, "num_heads", 0);
  const width = Number(context.dims(weights)?.[1]);
  const length = Number(context.dims(x)?.[1]);
  const mask = paddingMask(context, maskIndex);
  if (past !== "" || mask === undefined || intAttribute(node, "do_rotary", 0) === 1) return undefined;
  if (!(width > 0 && length > 0 && heads > 0)) return undefined;
  const sizes = intsAttribute(node, "qkv_hidden_sizes") ?? [width / 3, width / 3, width / 3];
  const product = context.tape.emit("MatMul", [x, weights]);
  const all = bias === "" ? product : context.op.add(product, bias);
  const starts = [0, sizes[0] ?? 0, (sizes[0] ?? 0) + (sizes[1] ?? 0), width];
  const [q = "", k = "", v = ""] = [0, 1, 2].map((i) =>
    apart(
      context,
      slice(context, all, 2, starts[i] ?? 0, starts[i + 1] ?? 0),
      heads,
      (sizes[i] ?? 0) / heads,
    ),
  );
  const headSize = (sizes[0] ?? 0) / heads;
  const whole = attend(
    context,
    { q, k, v, headSize, queries: length, keys: length },
    { ...scoresOf(node), masks: [...mask, ...biasMask(attentionBias)] },
  );
  return together(context, whole, sizes[2] ?? 0);
};

export const multiHeadAttention: ShapedSplit = (node, context) => {
  const [query = "", key = "", value = "", bias = "", padding = "", attentionBias = ""] = node.inputs;
  const heads = intAttribute(node, "num_heads", 0);
  const [qDims, kDims, vDims] = [query, key, value].map((name) => context.dims(name));
  const mask = paddingMask(context, padding);
  if (mask === undefined || node.inputs.slice(6).some((name) => name !== "")) return undefined;
  if (qDims?.length !== 3 || kDims?.length !== vDims?.length || (kDims?.length !== 3 && kDims?.length !== 4))
    return undefined;
  const isApart = kDims.length === 4;
  const [queries, width] = [Number(qDims[1]), Number(qDims[2])];
  const keys = Number(kDims.at(-2));
  const valueWidth = isApart ? heads * Number(vDims?.[3]) : Number(vDims?.[2]);
  if (![heads, queries, width, keys, valueWidth].every((size) => size > 0)) return undefined;
  const biased = (x: string, from: number, size: number) =>
    bias === "" ? x : context.op.add(x, slice(context, bias, 0, from, from + size));
  const headSize = width / heads;
  const q = apart(context, biased(query, 0, width), heads, headSize);
  const k = isApart ? key : apart(context, biased(key, width, width), heads, headSize);
  const v = isApart ? value : apart(context, biased(value, 2 * width, valueWidth), heads, valueWidth / heads);
  const whole = attend(
    context,
    { q, k, v, headSize, queries, keys },
    { ...scoresOf(node), masks: [...mask, ...biasMask(attentionBias)] },
  );
  return together(context, whole, valueWidth);
};

function scoresOf(node: Node): Omit<Scores, "masks"> {
  return {
    scale: floatAttribute(node, "scale", 0),
    causal: intAttribute(node, "unidirectional", 0) === 1,
    past: 0,
    hidden: floatAttribute(node, "mask_filter_value", -10_000),
    softcap: 0,
  };
}

const biasMask = (value: string) => (value === "" ? [] : [{ value, boolean: false }]);

/** Of keys that are not 0, as [N, 1, 1, keys]; undefined for masks of another form. */
function paddingMask(context: ShapedContext, mask: string): Scores["masks"] | undefined {
  if (mask === "") return [];
  if (context.dims(mask)?.length !== 2) return undefined;
  const { tape } = context;
  const wide = tape.emit("Unsqueeze", [tape.emit("Cast", [mask], { to: int(9) }), tape.ints([1, 2])]);
  return [{ value: wide, boolean: true }];
}
