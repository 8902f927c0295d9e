/** What the specification says of products of two signals, of Softmax, of normalizations and of constants that are added. */
import { intAttribute, type Node } from "@onnx-lrp/onnx-loader";
import { inputsOf, type Values } from "./forward.ts";
import { layerOf } from "./layer.ts";
import type { Wiring } from "./network.ts";
import { floatOf } from "./operation.ts";
import type { Rule } from "./rules.ts";
import { axisOf, type Dense, stridesOf, zeros } from "./tensor.ts";

export interface TransformerRules {
  /** For what weights of a Softmax mix, which are constants; `uniform` for half to each factor. */
  readonly attention: Rule | "uniform";
  /** For x -> scale (x - mean) / sigma + shift with sigma a constant; left out, relevance passes. */
  readonly normalization?: Rule;
  /** For x -> x + constant, not before the first layer; left out, relevance passes. */
  readonly shift?: Rule;
  /** Of `uniform`. */
  readonly epsilon?: number;
}

/** What a node propagates to some of its inputs, by their index; undefined where it is none of these nodes. */
export function transformerStep(
  { attention, normalization, shift, epsilon = 1e-6 }: TransformerRules,
  wiring: Wiring,
  values: Values,
  node: Node,
  r: Float64Array,
): ReadonlyMap<number, Float64Array> | undefined {
  const signals = wiring.signals(node);
  const [slot = 0] = signals;
  if (products.has(node.op) && signals.length === 2) {
    const weights = [0, 1].filter((index) => holdsWeights(wiring, node.inputs[index] ?? ""));
    if (attention === "uniform" || weights.length !== 1) {
      return new Map([0, 1].map((index) => [index, half(node, index, values, r, epsilon)]));
    }
    const mixed = weights[0] === 0 ? 1 : 0;
    return new Map([[mixed, attention(layerOf({ ...node }, [], [mixed], values), r)]]);
  }
  if (node.op === "Softmax") {
    return attention === "uniform" ? new Map([[0, softmax(node, values, r)]]) : new Map();
  }
  if (node.op === "LayerNormalization" && normalization !== undefined) {
    return new Map([[0, normalization(normalized(node, values), r)]]);
  }
  const adds = node.op === "Add" || node.op === "Sub";
  if (adds && signals.length === 1 && shift !== undefined && !wiring.picture.has(node.inputs[slot] ?? "")) {
    return new Map([[slot, shift(layerOf({ ...node }, [], [slot], values), r)]]);
  }
  return undefined;
}

const products = new Set(["MatMul", "Einsum", "Conv"]);
const moving = new Set(
  "Reshape Transpose Squeeze Unsqueeze Slice Split Gather Expand Dropout Concat".split(" "),
);
const scaling = new Set(["Mul", "Div", "Add", "Sub", "MatMul"]);

function holdsWeights(wiring: Wiring, value: string): boolean {
  const made = wiring.producer(value);
  if (made === undefined) return false;
  if (made.op === "Softmax" || made.op === "Sigmoid") return true;
  const signals = wiring.signals(made);
  const goesOn = moving.has(made.op) || (scaling.has(made.op) && signals.length === 1);
  return goesOn && signals.length > 0 && signals.every((at) => holdsWeights(wiring, made.inputs[at] ?? ""));
}

/** x_i sum_j w_ij R_j / (2 stab(O_j)), where w is made of the other factor. */
function half(node: Node, slot: number, values: Values, r: Float64Array, epsilon: number): Float64Array {
  const { x, w } = layerOf({ ...node }, [], [slot], values);
  const output = values.get(node.outputs[0] ?? "")?.data ?? new Float64Array();
  return x.map((value, i) => {
    let sum = 0;
    for (const [j, weight] of (w[i] ?? new Float64Array()).entries()) {
      const o = output[j] ?? 0;
      sum += (weight * (r[j] ?? 0)) / (2 * (o + (o < 0 ? -epsilon : epsilon)));
    }
    return value * sum;
  });
}

/** x_i (R_i - s_i sum_j R_j) */
function softmax(node: Node, values: Values, r: Float64Array): Float64Array {
  const [x = zeros([0])] = inputsOf(node, values);
  const s = values.get(node.outputs[0] ?? "")?.data ?? new Float64Array();
  const sums = alongAxis({ dims: x.dims, data: r }, axisOf(intAttribute(node, "axis", -1), x.dims.length));
  return x.data.map((value, i) =>
    value === Number.NEGATIVE_INFINITY ? 0 : value * ((r[i] ?? 0) - (s[i] ?? 0) * (sums[i] ?? 0)),
  );
}

/** For each element the sum over the axis through it. */
function alongAxis({ dims, data }: Dense, axis: number): Float64Array {
  const stride = stridesOf(dims)[axis] ?? 1;
  const size = dims[axis] ?? 1;
  return data.map((_, at) => {
    const start = at - (Math.floor(at / stride) % size) * stride;
    return Array.from({ length: size }, (__, k) => data[start + k * stride] ?? 0).reduce((a, b) => a + b, 0);
  });
}

/** The matrix of a layer normalization whose deviation is a constant. */
function normalized(node: Node, values: Values) {
  const [x = zeros([0]), scale = zeros([0]), shift] = inputsOf(node, values);
  const axis = axisOf(intAttribute(node, "axis", -1), x.dims.length);
  const size = x.dims.slice(axis).reduce((a, b) => a * b, 1);
  const w = x.data.map(() => 0);
  const matrix = Array.from(x.data, () => w.slice());
  const b = x.data.map((_, at) => shift?.data[at % size] ?? 0);
  for (let start = 0; start < x.data.length; start += size) {
    const run = x.data.slice(start, start + size);
    const mean = run.reduce((sum, value) => sum + value, 0) / size;
    const variance = run.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const deviation = Math.sqrt(variance + floatOf(node, "epsilon", 1e-5));
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        const row = matrix[start + i];
        if (row !== undefined)
          row[start + j] = (((i === j ? 1 : 0) - 1 / size) * (scale.data[j] ?? 0)) / deviation;
      }
    }
  }
  return { slots: [0], x: x.data, w: matrix, b };
}
