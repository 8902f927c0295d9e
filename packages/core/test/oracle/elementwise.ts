import { floatOf, input, type Operation, wordOf } from "./operation.ts";
import { combine, map } from "./tensor.ts";

const each =
  (f: (value: number) => number): Operation =>
  (_, inputs) =>
    map(input(inputs, 0), f);

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** The series whose terms are all of one sign: nothing cancels. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

export const Relu = each((x) => Math.max(x, 0));
export const Sigmoid = each(sigmoid);
export const Tanh = each(Math.tanh);
export const Softplus = each(softplus);
export const HardSwish = each((x) => x * clip(x / 6 + 0.5, 0, 1));
export const Mish = each((x) => x * Math.tanh(softplus(x)));
export const Erf = each(erf);
export const Exp = each(Math.exp);
export const Sqrt = each(Math.sqrt);
export const Log = each(Math.log);
export const Neg = each((x) => -x);
export const Abs = each(Math.abs);
export const Sign = each(Math.sign);
export const Floor = each(Math.floor);
export const Reciprocal = each((x) => 1 / x);
export const Asinh = each(Math.asinh);
export const Atan = each(Math.atan);
export const Sinh = each(Math.sinh);
export const Softsign = each((x) => x / (1 + Math.abs(x)));

export const ThresholdedRelu: Operation = (node, inputs) => {
  const alpha = floatOf(node, "alpha", 1);
  return map(input(inputs, 0), (x) => (x > alpha ? x : 0));
};

export const Shrink: Operation = (node, inputs) => {
  const [bias, edge] = [floatOf(node, "bias", 0), floatOf(node, "lambd", 0.5)];
  return map(input(inputs, 0), (x) => (x < -edge ? x + bias : x > edge ? x - bias : 0));
};

export const Swish: Operation = (node, inputs) => {
  const alpha = floatOf(node, "alpha", 1);
  return map(input(inputs, 0), (x) => x * sigmoid(alpha * x));
};

export const LeakyRelu: Operation = (node, inputs) => {
  const alpha = floatOf(node, "alpha", 0.01);
  return map(input(inputs, 0), (x) => (x < 0 ? alpha * x : x));
};

export const PRelu: Operation = (_, inputs) =>
  combine(input(inputs, 0), input(inputs, 1), (x, slope) => (x < 0 ? slope * x : x));

export const Elu: Operation = (node, inputs) => {
  const alpha = floatOf(node, "alpha", 1);
  return map(input(inputs, 0), (x) => (x < 0 ? alpha * Math.expm1(x) : x));
};

export const Selu: Operation = (node, inputs) => {
  const [alpha, gamma] = [
    floatOf(node, "alpha", 1.6732632423543772),
    floatOf(node, "gamma", 1.0507009873554805),
  ];
  return map(input(inputs, 0), (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x));
};

export const Celu: Operation = (node, inputs) => {
  const alpha = floatOf(node, "alpha", 1);
  return map(input(inputs, 0), (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)));
};

export const HardSigmoid: Operation = (node, inputs) => {
  const [alpha, beta] = [floatOf(node, "alpha", 0.2), floatOf(node, "beta", 0.5)];
  return map(input(inputs, 0), (x) => clip(alpha * x + beta, 0, 1));
};

export const Clip: Operation = (_, inputs) => {
  const low = inputs[1]?.data[0] ?? Number.NEGATIVE_INFINITY;
  const high = inputs[2]?.data[0] ?? Number.POSITIVE_INFINITY;
  return map(input(inputs, 0), (x) => clip(x, low, high));
};

export const Gelu: Operation = (node, inputs) =>
  wordOf(node, "approximate", "none") === "tanh"
    ? map(
        input(inputs, 0),
        (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
      )
    : map(input(inputs, 0), (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)));

const binary =
  (f: (left: number, right: number) => number): Operation =>
  (_, inputs) =>
    combine(input(inputs, 0), input(inputs, 1), f);

export const Add = binary((a, b) => a + b);
export const Sub = binary((a, b) => a - b);
export const Mul = binary((a, b) => a * b);
export const Div = binary((a, b) => a / b);
export const Pow = binary((a, b) => a ** b);
export const Greater = binary((a, b) => Number(a > b));
export const Less = binary((a, b) => Number(a < b));

const several =
  (f: (left: number, right: number) => number): Operation =>
  (_, inputs) =>
    inputs.filter((x) => x !== undefined).reduce((a, b) => combine(a, b, f));

export const Max = several(Math.max);
export const Min = several(Math.min);
export const Sum = several((a, b) => a + b);
export const Mean: Operation = (node, inputs) => map(Sum(node, inputs), (sum) => sum / inputs.length);

export const Where: Operation = (_, inputs) => {
  const [condition, yes, no] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
  const chosen = combine(condition, yes, (is, value) => (is ? value : 0));
  return combine(
    chosen,
    combine(condition, no, (is, value) => (is ? 0 : value)),
    (a, b) => a + b,
  );
};
