/**
 * The gradient of sum(seed * logits) by every value, node by node in float64, so that what a method does to gradients at a
 * node can be done here too. Slopes are central differences; linear nodes are their dense matrices.
 */
import type { Model, Node } from "@onnx-lrp/onnx-loader";
import { inputsOf, runNode, type Values } from "./forward.ts";
import { layerOf } from "./layer.ts";
import { type Wiring, wiringOf } from "./network.ts";
import type { Operation } from "./operation.ts";
import { axisWinners, maxPoolWinners } from "./pooling.ts";
import { type Dense, map, zeros } from "./tensor.ts";

/** A node that makes each element from the one element in its place. */
interface Elementwise {
  readonly node: Node;
  readonly x: Dense;
  readonly y: Dense;
  /** f'(x) */
  readonly slope: Float64Array;
  /** What came back to y. */
  readonly r: Float64Array;
}

/** What an elementwise node hands back, where it is not its gradient. */
export type Bent = (at: Elementwise) => Float64Array | undefined;

/** What a node hands back to its signals, where it is neither its gradient nor bent. */
export type Special = (node: Node, slots: readonly number[], r: Float64Array) => Float64Array[] | undefined;

const elementwise = new Set(
  "Relu LeakyRelu PRelu ThresholdedRelu Clip Elu Selu Celu Sigmoid HardSigmoid Tanh Softplus HardSwish Gelu Mish Swish Shrink".split(
    " ",
  ),
);
const linear = new Set(
  "Conv ConvTranspose Gemm AveragePool GlobalAveragePool ReduceMean ReduceSum Add Sub Sum Mean BatchNormalization Concat Flatten Reshape Transpose Squeeze Unsqueeze Pad Slice Gather DepthToSpace SpaceToDepth Cast Identity".split(
    " ",
  ),
);

/** Of equals the first. */
const winners: Readonly<Record<string, Operation>> = {
  MaxPool: maxPoolWinners,
  GlobalMaxPool: axisWinners(1),
  ReduceMax: axisWinners(1),
  ReduceMin: axisWinners(-1),
};

const step = 1e-5;

/** @returns for each value that the logits depend on its gradient, flat; for one picture */
export function backward(
  model: Model,
  values: Values,
  seed: Float64Array,
  bent?: Bent,
  special?: Special,
): ReadonlyMap<string, Float64Array> {
  const wiring = wiringOf(model);
  const gradients = new Map([[wiring.logits, seed]]);
  for (const node of [...model.graph.nodes].reverse()) {
    const slots = wiring.signals(node);
    for (const [output, name] of node.outputs.entries()) {
      const r = gradients.get(name);
      if (r === undefined) continue;
      const back =
        output > 0
          ? slots.map((at) => byDifferences(node, inputsOf(node, values), at, r, output))
          : (special?.(node, slots, r) ?? handBack(wiring, node, slots, values, r, bent));
      for (const [i, handed] of back.entries()) {
        const to = node.inputs[slots[i] ?? 0] ?? "";
        const before = gradients.get(to);
        gradients.set(
          to,
          handed.map((value, at) => value + (before?.[at] ?? 0)),
        );
      }
    }
  }
  return gradients;
}

function handBack(
  wiring: Wiring,
  node: Node,
  slots: readonly number[],
  values: Values,
  r: Float64Array,
  bent: Bent | undefined,
): Float64Array[] {
  const given = inputsOf(node, values);
  const [slot = 0] = slots;
  const x = given[slot] ?? zeros([0]);
  const affine = linear.has(node.op) || ((node.op === "Mul" || node.op === "Div") && slots.length === 1);
  if (affine && (node.op !== "Div" || slot === 0)) {
    const { w } = layerOf(node, [], slots, values);
    const whole = Float64Array.from(w, (row) => dot(row, r));
    let start = 0;
    return slots.map((at) => {
      const size = given[at]?.data.length ?? 0;
      start += size;
      return whole.slice(start - size, start);
    });
  }
  if (elementwise.has(node.op)) {
    const run = (moved: number) =>
      runNode(
        node,
        given.map((value, i) => (i === slot ? map(x, (each) => each + moved) : value)),
      ).data;
    const [above, below] = [run(step), run(-step)];
    const slope = above.map((value, i) => (value - (below[i] ?? 0)) / (2 * step));
    const y = values.get(node.outputs[0] ?? "") ?? zeros([0]);
    const own = bent?.({ node, x, y, slope, r });
    return [own ?? r.map((value, i) => value * (slope[i] ?? 0))];
  }
  const find = winners[node.op];
  if (find !== undefined) {
    const back = new Float64Array(x.data.length);
    for (const [at, place] of find(node, given).data.entries()) {
      back[place] = (back[place] ?? 0) + (r[at] ?? 0);
    }
    return [back];
  }
  if (slots.length === 0) throw new Error(`${node.op} has no signal; ${wiring.logits}`);
  return slots.map((at) => byDifferences(node, given, at, r));
}

/** One element of one input after another. A value that is used twice has both slots, each on its own. */
function byDifferences(
  node: Node,
  given: readonly (Dense | undefined)[],
  slot: number,
  r: Float64Array,
  output = 0,
): Float64Array {
  const x = given[slot] ?? zeros([0]);
  const copy: Dense = { dims: x.dims, data: x.data.slice() };
  const inputs = given.map((value, i) => (i === slot ? copy : value));
  return x.data.map((value, i) => {
    copy.data[i] = value + step;
    const above = dot(runNode(node, inputs, output).data, r);
    copy.data[i] = value - step;
    const below = dot(runNode(node, inputs, output).data, r);
    copy.data[i] = value;
    return (above - below) / (2 * step);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** 1 at the target. */
export function oneHot(classes: number, target: number): Float64Array {
  return Float64Array.from({ length: classes }, (_, n) => (n === target ? 1 : 0));
}
