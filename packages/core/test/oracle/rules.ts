/** The rules of the specification, letter by letter: one share for every input i and output j. */
import type { Layer } from "./layer.ts";

export type Rule = (layer: BoxedLayer, r: Float64Array) => Float64Array;

/** A layer with the lowest and highest value of each of its inputs, which only the first layer has. */
export interface BoxedLayer extends Layer {
  readonly low?: Float64Array;
  readonly high?: Float64Array;
}

const plus = (value: number) => Math.max(value, 0);
const minus = (value: number) => Math.min(value, 0);

/** What a pair of input and weight weighs, given both and the index of the input. */
type Share = (x: number, w: number, i: number) => number;

function share({ x, w, b }: Layer, of: Share): { shares: Float64Array[]; sums: Float64Array } {
  const sums = new Float64Array(b.length);
  const shares = w.map((row, i) =>
    row.map((weight, j) => {
      const value = of(x[i] ?? 0, weight, i);
      sums[j] = (sums[j] ?? 0) + value;
      return value;
    }),
  );
  return { shares, sums };
}

/** R_i = sum_j share_ij R_j / d_j, where d_j is not zero. */
function handOn(shares: readonly Float64Array[], denominators: Float64Array, r: Float64Array): Float64Array {
  return Float64Array.from(shares, (row) => {
    let sum = 0;
    for (let j = 0; j < row.length; j += 1) {
      const d = denominators[j] ?? 0;
      if (d !== 0) sum += ((row[j] ?? 0) * (r[j] ?? 0)) / d;
    }
    return sum;
  });
}

/** Which part of the bias stands in a denominator. */
type Bias = (b: number) => number;
const none: Bias = () => 0;

/** A rule whose denominator is the sum of the shares, and of the bias where it is asked for. */
const proportional =
  (of: Share, bias: Bias = none): Rule =>
  (layer, r) => {
    const { shares, sums } = share(layer, of);
    return handOn(
      shares,
      sums.map((sum, j) => sum + bias(layer.b[j] ?? 0)),
      r,
    );
  };

const raising: Share = (x, w) => plus(x) * plus(w) + minus(x) * minus(w);
const lowering: Share = (x, w) => plus(x) * minus(w) + minus(x) * plus(w);

/** Not at all; the part that raises (lowers) the output; as it is. */
export type BiasConvention = "none" | "positive" | "full";
const biases: Readonly<Record<BiasConvention, { readonly up: Bias; readonly down: Bias }>> = {
  none: { up: none, down: none },
  positive: { up: plus, down: minus },
  full: { up: (b) => b, down: (b) => b },
};

export const zplusWith = (bias: BiasConvention) => proportional(raising, biases[bias].up);
export const zplus = zplusWith("none");
export const excitation = proportional((x, w) => plus(x) * plus(w));

/** The transposed map. */
export const gradientRule: Rule = ({ w }, r) =>
  Float64Array.from(w, (row) => row.reduce((sum, weight, j) => sum + weight * (r[j] ?? 0), 0));
/** An element that can only have one value was put there by a Pad node, and padding gets no share. */
const padded = ({ low, high }: BoxedLayer, i: number) => low !== undefined && low[i] === high?.[i];

export const wsquare: Rule = (layer, r) =>
  proportional((_, w, i) => (padded(layer, i) ? 0 : w * w))(layer, r);
// A weight of zero is no connection: zero padding, another channel group.
export const flat: Rule = (layer, r) =>
  proportional((_, w, i) => (w === 0 || padded(layer, i) ? 0 : 1))(layer, r);

export const epsilon =
  (stabilizer: number): Rule =>
  (layer, r) => {
    const { shares, sums } = share(layer, (x, w) => x * w);
    const z = sums.map((sum, j) => sum + (layer.b[j] ?? 0));
    return handOn(
      shares,
      z.map((value) => value + (value < 0 ? -stabilizer : stabilizer)),
      r,
    );
  };

export const alphaBeta =
  (alpha: number, beta: number, bias: BiasConvention = "none"): Rule =>
  (layer, r) => {
    const against = proportional(lowering, biases[bias].down)(layer, r);
    return zplusWith(bias)(layer, r).map((value, i) => alpha * value - beta * (against[i] ?? 0));
  };

export const gamma =
  (g: number): Rule =>
  (layer, r) => {
    const z = share(layer, (x, w) => x * w).sums.map((sum, j) => sum + (layer.b[j] ?? 0));
    const up = share(layer, (x, w) => plus(x) * (w + g * plus(w)) + minus(x) * (w + g * minus(w)));
    const down = share(layer, (x, w) => plus(x) * (w + g * minus(w)) + minus(x) * (w + g * plus(w)));
    const forUp = up.sums.map((sum, j) => sum + (layer.b[j] ?? 0) + g * plus(layer.b[j] ?? 0));
    const forDown = down.sums.map((sum, j) => sum + (layer.b[j] ?? 0) + g * minus(layer.b[j] ?? 0));
    const positive = handOn(
      up.shares,
      forUp,
      r.map((value, j) => ((z[j] ?? 0) > 0 ? value : 0)),
    );
    const negative = handOn(
      down.shares,
      forDown,
      r.map((value, j) => ((z[j] ?? 0) < 0 ? value : 0)),
    );
    return positive.map((value, i) => value + (negative[i] ?? 0));
  };

export const zbox: Rule = (layer, r) => {
  const { low, high } = layer;
  if (low === undefined || high === undefined) throw new Error("zbox has no box here");
  return proportional((x, w, i) => x * w - (low[i] ?? 0) * plus(w) - (high[i] ?? 0) * minus(w))(layer, r);
};
