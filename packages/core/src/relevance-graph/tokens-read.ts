/** Which tokens the scores are read from, such as a class token, by the operations that pick some out of all. */
import { inputOf, intAttribute, type Node } from "@onnx-lrp/onnx-loader";
import type { Site } from "../operators/operator.ts";
import { positiveAxis, timesOf } from "../operators/size.ts";
import { isOp } from "../operators/traits.ts";
import type { RelevanceNode } from "./node.ts";

/**
 * @param nodes behind the last attention
 * @param count of all tokens
 * @returns those that a Gather, a Slice or a Split picks along their axis; all of them where none does, as before a mean;
 * undefined where which ones is not known before the run
 */
export function tokensRead(nodes: readonly RelevanceNode[], count: number): readonly number[] | undefined {
  const read = new Set<number>();
  const used = new Set(nodes.flatMap(({ node }) => node.inputs));
  for (const { node, site } of nodes) {
    if (!isOp(node, "Gather", "Slice", "Split")) continue;
    const dims = site.shape(inputOf(node, 0));
    // The last axis is that of channels.
    const areTokens = (axis: number) => axis < dims.length - 1 && dims[axis] === count;
    const picked = picks(node, site, dims.length, { areTokens, count, used });
    if (picked === undefined) return undefined;
    for (const token of picked) read.add(token);
  }
  const all = range(0, count);
  return read.size === 0 ? all : all.filter((token) => read.has(token));
}

interface Tokens {
  readonly areTokens: (axis: number) => boolean;
  readonly count: number;
  /** Values that are read on. */
  readonly used: ReadonlySet<string>;
}

function picks(
  node: Node,
  site: Site,
  rank: number,
  { areTokens, count, used }: Tokens,
): readonly number[] | undefined {
  const numbers = (index: number) => site.numbers(node.inputs[index] ?? "");
  const axis = positiveAxis(intAttribute(node, "axis", 0), rank);
  if (isOp(node, "Slice")) return sliced(numbers, rank, areTokens, count);
  if (!areTokens(axis)) return [];
  if (isOp(node, "Gather")) return numbers(1)?.map((token) => positiveAxis(token, count));
  const sizes = node.outputs.map((name) => (name === "" ? 0 : timesOf(site.shape(name)[axis])));
  return sizes.flatMap((size, part) => {
    const before = sizes.slice(0, part).reduce((a, b) => a + b, 0);
    return used.has(node.outputs[part] ?? "") ? range(before, before + size) : [];
  });
}

function sliced(
  numbers: (index: number) => readonly number[] | undefined,
  rank: number,
  areTokens: (axis: number) => boolean,
  count: number,
): readonly number[] | undefined {
  const [starts, ends] = [numbers(1), numbers(2)];
  if (starts === undefined || ends === undefined) return undefined;
  const axes = numbers(3) ?? starts.map((_, axis) => axis);
  const at = axes.findIndex((axis) => areTokens(positiveAxis(axis, rank)));
  if (at < 0) return [];
  const step = numbers(4)?.[at] ?? 1;
  if (step < 1) return undefined;
  const place = (value = 0) => Math.min(Math.max(value < 0 ? value + count : value, 0), count);
  const from = place(starts[at]);
  return range(from, place(ends[at])).filter((token) => (token - from) % step === 0);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
