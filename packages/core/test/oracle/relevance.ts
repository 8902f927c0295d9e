/** Relevance from the logits to the picture, one dense matrix after the other. */
import { intAttribute, type Model, type Node } from "@onnx-lrp/onnx-loader";
import { type TransformerRules, transformerStep } from "./attention.ts";
import type { Composite, Role } from "./composites.ts";
import { inputsOf, runForward, runNode, type Values } from "./forward.ts";
import { layerOf } from "./layer.ts";
import { denseWithBias, foldedChain, layers, signalOfProduct, type Wiring, wiringOf } from "./network.ts";
import type { Operation } from "./operation.ts";
import { axisWinners, maxPoolWinners } from "./pooling.ts";
import type { BoxedLayer, Rule } from "./rules.ts";
import type { SeedRule } from "./seeds.ts";
import { broadcastTo, type Dense, dense, elements, map } from "./tensor.ts";

export interface How {
  readonly seed: SeedRule;
  readonly composite: Composite | ((node: Node, role: Role) => Rule);
  /** Batch normalization is no part of the layer before it, and a first layer takes the picture itself. */
  readonly asCoded?: boolean;
  /** Lowest and highest pixel of each channel. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  /** Where the channels stand in the picture; default 1. */
  readonly channelAxis?: number;
  /**
   * For outputs of nodes with several signals, the one input that gets all: it has a gate, or is normalized. "both": half
   * each.
   */
  readonly signals?: ReadonlyMap<string, number | "both">;
  readonly transformer?: TransformerRules;
}

export interface Explained {
  readonly logits: Float64Array;
  /** One map for each picture. */
  readonly maps: readonly Float64Array[];
  readonly scales: readonly number[];
}

/** Pictures go through the network as one batch. */
export function batchOf(model: Model, pictures: readonly ArrayLike<number>[]): Dense {
  const sizes = (model.graph.inputs[0]?.type?.dims ?? []).slice(1).map(Number);
  const all = pictures.flatMap((picture) => Array.from(picture));
  return dense([pictures.length, ...sizes], all);
}

/** The logits of a batch, picture after picture, and the seeds of each picture's target. */
export function seedsOf(values: Values, logits: string, targets: readonly number[], rule: SeedRule) {
  const z = values.get(logits)?.data ?? new Float64Array();
  const classes = z.length / targets.length;
  const each = targets.map((target, n) => rule(z.slice(n * classes, (n + 1) * classes), target));
  return {
    z,
    seed: Float64Array.from(each.flatMap(({ seed }) => Array.from(seed))),
    scales: each.map(({ scale }) => scale),
  };
}

export function explain(
  model: Model,
  pictures: readonly ArrayLike<number>[],
  targets: readonly number[],
  how: How,
): Explained {
  const wiring = wiringOf(model);
  const image = batchOf(model, pictures);
  const values = runForward(model, image);
  const { z, seed, scales } = seedsOf(values, wiring.logits, targets, how.seed);
  const colour = (colours: readonly number[] | undefined) =>
    colours && runForward(model, filled(image.dims, colours, how.channelAxis ?? 1));
  const context = { wiring, values, how, low: colour(how.low), high: colour(how.high) };

  const relevance = new Map([[wiring.logits, seed]]);
  for (const node of [...model.graph.nodes].reverse()) {
    for (const [output, name] of node.outputs.entries()) {
      const received = relevance.get(name);
      if (received === undefined) continue;
      for (const { to, r } of handBack(context, node, received, output)) {
        const before = relevance.get(to);
        relevance.set(
          to,
          r.map((value, i) => value + (before?.[i] ?? 0)),
        );
      }
    }
  }
  const whole = relevance.get(model.graph.inputs[0]?.name ?? "") ?? new Float64Array();
  const size = whole.length / pictures.length;
  return { logits: z, scales, maps: pictures.map((_, n) => whole.slice(n * size, (n + 1) * size)) };
}

function filled(dims: readonly number[], colours: readonly number[], axis: number): Dense {
  const shape = dims.map((_, i) => (i === axis ? colours.length : 1));
  return broadcastTo(dense(shape, colours), dims);
}

interface Context {
  readonly wiring: Wiring;
  readonly values: Values;
  readonly how: How;
  readonly low: Values | undefined;
  readonly high: Values | undefined;
}

interface Handed {
  readonly to: string;
  readonly r: Float64Array;
}

const sums = new Set(["Add", "Sum", "Mean", "Sub"]);
/** Norms and what they are the roots of. */
const norms: Readonly<Record<string, string>> = {
  LpPool: "SumPool",
  GlobalLpPool: "GlobalSumPool",
  ReduceL1: "ReduceSum",
  ReduceL2: "ReduceSum",
  ReduceSumSquare: "ReduceSum",
};
const averages = new Set(["AveragePool", "GlobalAveragePool", "ReduceMean", "ReduceSum"]);
const passing = new Set(
  "Relu LeakyRelu PRelu Clip Elu Selu Celu Sigmoid HardSigmoid Tanh Softplus Gelu HardSwish Mish Asinh Atan Sinh Softsign ThresholdedRelu Shrink Swish Neg Pow Sqrt LRN GroupNormalization RMSNormalization LpNormalization InstanceNormalization LayerNormalization Identity Dropout Cast Sub Div".split(
    " ",
  ),
);

function handBack(context: Context, node: Node, r: Float64Array, output: number): Handed[] {
  const { wiring } = context;
  const signals = wiring.signals(node);
  const only = context.how.signals?.get(node.outputs[0] ?? "");
  if (only === "both") {
    const halved = r.map((value) => value / 2);
    return signals.flatMap((slot) => pass(context, node, slot, halved));
  }
  if (only !== undefined) return pass(context, node, only, r);
  const { transformer } = context.how;
  const biased = denseWithBias(wiring, node, context.values);
  if (biased !== undefined) return linear(context, biased, [node], r);
  const step = transformer && transformerStep(transformer, wiring, context.values, node, r);
  if (step !== undefined) return [...step].map(([slot, back]) => ({ to: node.inputs[slot] ?? "", r: back }));
  if (layers.has(node.op)) return linear(context, node, [], r);
  const folded = context.how.asCoded ? undefined : foldedChain(wiring, node, context.values);
  const [layer, ...steps] = folded ?? [];
  if (layer !== undefined) return linear(context, layer, steps, r);
  if (node.op === "BatchNormalization") return pass(context, node, 0, r);
  if (averages.has(node.op) || (sums.has(node.op) && signals.length > 1)) return linear(context, node, [], r);
  if (node.op in norms) return norm(context, node, r);
  if (node.op === "Resize") return adjoint(context, node, r);
  if (node.op === "MaxPool") return winner(context, node, r, maxPoolWinners);
  if (node.op === "ReduceMax" || node.op === "GlobalMaxPool") return winner(context, node, r, axisWinners(1));
  if (node.op === "ReduceMin") return winner(context, node, r, axisWinners(-1));
  if ((node.op === "Max" || node.op === "Min") && signals.length > 1) return largest(context, node, r);
  if (node.op === "Max" || node.op === "Min") return pass(context, node, signals[0] ?? 0, r);
  if (node.op === "Mul" && signals.length === 2) return pass(context, node, signalOfProduct(wiring, node), r);
  if (passing.has(node.op) || sums.has(node.op) || node.op === "Mul")
    return pass(context, node, signals[0] ?? 0, r);
  return route(context, node, r, output);
}

function roleOf({ wiring, how }: Context, node: Node, slots: readonly number[]): Role {
  if (!layers.has(node.op)) return "other";
  const input = node.inputs[slots[0] ?? 0] ?? "";
  const first = how.asCoded ? wiring.producer(input) === undefined : wiring.picture.has(input);
  if (first) return "first";
  return node.op.startsWith("Conv") ? "conv" : "dense";
}

function ruleOf({ composite }: How, node: Node, role: Role): Rule {
  return typeof composite === "function" ? composite(node, role) : composite[role];
}

function linear(context: Context, node: Node, steps: readonly Node[], r: Float64Array): Handed[] {
  const { wiring, values, how, low, high } = context;
  const slots = wiring.signals(node);
  const role = roleOf(context, node, slots);
  const name = node.inputs[slots[0] ?? 0] ?? "";
  let layer: BoxedLayer = layerOf(node, steps, slots, values);
  const [lowest, highest] = [low?.get(name)?.data, high?.get(name)?.data];
  if (role === "first" && lowest !== undefined && highest !== undefined) {
    layer = {
      ...layer,
      // A negative factor on the way has exchanged the two.
      low: lowest.map((value, i) => Math.min(value, highest[i] ?? 0)),
      high: lowest.map((value, i) => Math.max(value, highest[i] ?? 0)),
    };
  }
  // A constant among the terms of a sum is added after it.
  if (sums.has(node.op)) layer = { ...layer, b: new Float64Array(layer.b.length) };
  return parts(values, node, slots, ruleOf(how, node, role)(layer, r));
}

function parts(values: Values, node: Node, slots: readonly number[], all: Float64Array): Handed[] {
  let start = 0;
  return slots.map((slot) => {
    const to = node.inputs[slot] ?? "";
    const size = values.get(to)?.data.length ?? 0;
    start += size;
    return { to, r: all.slice(start - size, start) };
  });
}

/** The sum within a norm, of |x|^p. */
function norm({ values, how }: Context, node: Node, r: Float64Array): Handed[] {
  const [to = ""] = node.inputs;
  const x = values.get(to);
  if (x === undefined) return [];
  const p = node.op === "ReduceL1" ? 1 : node.op.startsWith("Reduce") ? 2 : intAttribute(node, "p", 2);
  const powers = new Map(values).set(
    to,
    map(x, (value) => Math.abs(value) ** p),
  );
  const layer = layerOf({ ...node, op: norms[node.op] ?? "" }, [], [0], powers);
  return [{ to, r: ruleOf(how, node, "other")(layer, r) }];
}

function adjoint({ values }: Context, node: Node, r: Float64Array): Handed[] {
  const { w } = layerOf(node, [], [0], values);
  const all = Float64Array.from(w, (row) => row.reduce((sum, weight, j) => sum + weight * (r[j] ?? 0), 0));
  return [{ to: node.inputs[0] ?? "", r: all }];
}

/** Sends each element's relevance to the place whose label it carries; labels of constants are too small. */
function collect(r: Float64Array, labels: ArrayLike<number>, first: number, size: number): Float64Array {
  const result = new Float64Array(size);
  for (const [at, value] of r.entries()) {
    const place = (labels[at] ?? 0) - first;
    if (place >= 0 && place < size) result[place] = (result[place] ?? 0) + value;
  }
  return result;
}

/** Unchanged; where the operation widened its input, the sum of what came from each element. */
function pass({ values }: Context, node: Node, slot: number, r: Float64Array): Handed[] {
  const to = node.inputs[slot] ?? "";
  const from = values.get(to)?.dims ?? [];
  const dims = values.get(node.outputs[0] ?? "")?.dims ?? [];
  const labels = broadcastTo(
    { dims: from, data: Float64Array.from({ length: elements(from) }, (_, i) => i) },
    dims,
  );
  return [{ to, r: collect(r, labels.data, 0, elements(from)) }];
}

function winner({ values }: Context, node: Node, r: Float64Array, find: Operation): Handed[] {
  const to = node.inputs[0] ?? "";
  const winners = find(node, inputsOf(node, values));
  return [{ to, r: collect(r, winners.data, 0, values.get(to)?.data.length ?? 0) }];
}

/** Each output's first input that has its value. */
function largest({ values }: Context, node: Node, r: Float64Array): Handed[] {
  const output = values.get(node.outputs[0] ?? "") ?? dense([0], []);
  const taken = new Set<number>();
  return node.inputs.flatMap((to) => {
    const x = values.get(to);
    if (x === undefined) return [];
    const own = broadcastTo(x, output.dims).data;
    const places = broadcastTo({ dims: x.dims, data: x.data.map((_, i) => i) }, output.dims).data;
    const labels = places.map((place, at) => {
      if (taken.has(at) || own[at] !== output.data[at]) return -1;
      taken.add(at);
      return place;
    });
    return [{ to, r: collect(r, labels, 0, x.data.length) }];
  });
}

/** Larger than any constant that a network joins or pads with. */
const firstLabel = 1e6;

/** The node is run on labels instead of values, which tells where each element came from. */
function route({ wiring, values }: Context, node: Node, r: Float64Array, output: number): Handed[] {
  let next = firstLabel;
  const starts = new Map<number, number>();
  const labelled = inputsOf(node, values).map((value, slot) => {
    const chooses = node.op === "Where" && slot === 0;
    if (value === undefined || chooses || !wiring.isSignal(node.inputs[slot] ?? "")) return value;
    const start = next;
    starts.set(slot, start);
    next += value.data.length;
    return { dims: value.dims, data: value.data.map((_, i) => start + i) };
  });
  const labels = runNode(node, labelled, output).data;
  return [...starts].map(([slot, start]) => ({
    to: node.inputs[slot] ?? "",
    r: collect(r, labels, start, labelled[slot]?.data.length ?? 0),
  }));
}
