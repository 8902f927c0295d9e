/**
 * Elementwise activations: relevance passes unchanged. For gradients each has its derivative, written with the
 * activation's own input x and output y, so that nothing is computed twice.
 */
import { floatAttribute, inputOf, type Operand, stringAttribute } from "@onnx-lrp/onnx-loader";
import { type Activation, activation, attribute, indicator } from "./activation.ts";
import { type OperatorEntry, unsupported } from "./operator.ts";

const positive = ({ op, x }: Activation) => op.greater(x, 0);

/** factor where x > 0, else `otherwise`. */
const where = (a: Activation, factor: number, otherwise: Operand) =>
  a.op.where(positive(a), factor, otherwise);

export const Relu = activation((a) => where(a, 1, 0), "always");

export const LeakyRelu = activation((a) => where(a, 1, attribute(a, "alpha", 0.01)), "preserved");

const leaky = activation((a) => where(a, 1, inputOf(a.site.node, 1)), "preserved");

export const PRelu: OperatorEntry = {
  ...leaky,
  describe: (site) =>
    site.isSignal(1)
      ? unsupported("takes its slope from the picture, not from the file")
      : leaky.describe(site),
};

export const Elu = activation(
  // For x <= 0, y = alpha (exp(x) - 1), so that y' = y + alpha.
  (a) => where(a, 1, a.op.add(a.y, attribute(a, "alpha", 1))),
  "preserved",
);

export const Selu = activation((a) => {
  const gamma = attribute(a, "gamma", 1.0507009873554805);
  const alpha = attribute(a, "alpha", 1.6732632423543772);
  return where(a, gamma, a.op.add(a.y, gamma * alpha));
}, "preserved");

export const Celu = activation(
  // For x <= 0, y = alpha (exp(x / alpha) - 1), so that y' = y / alpha + 1.
  (a) => where(a, 1, a.op.add(a.op.div(a.y, attribute(a, "alpha", 1)), 1)),
  "preserved",
);

// y' = y (1 - y)
export const Sigmoid = activation(({ op, y }) => op.mul(y, op.sub(1, y)), "always");

export const Tanh = activation(({ op, y }) => op.sub(1, op.mul(y, y)), "preserved");

export const Softplus = activation(({ op, x }) => op.sigmoid(x), "always");

/** slope where low < x < high, else 0. */
function between({ op, x }: Activation, low: number, high: number, slope: number): string {
  return op.where(op.and(op.greater(x, low), op.less(x, high)), slope, 0);
}

export const HardSigmoid = activation((a) => {
  const alpha = attribute(a, "alpha", 0.2);
  const beta = attribute(a, "beta", 0.5);
  return between(a, -beta / alpha, (1 - beta) / alpha, alpha);
}, "always");

export const HardSwish = activation(({ op, x }) => {
  // y = x clip(x / 6 + 1/2, 0, 1): y' = 0 below -3, 1 above 3, x / 3 + 1/2 between.
  const middle = op.add(op.mul(x, 1 / 3), 0.5);
  const upper = op.where(op.less(x, 3), middle, 1);
  return op.where(op.greater(x, -3), upper, 0);
}, "preserved");

const clip = activation(
  ({ tape, op, site, x }) => {
    const [low = "", high = ""] = site.node.inputs.slice(1);
    const above = low === "" ? undefined : op.greater(x, low);
    const below = high === "" ? undefined : op.less(x, high);
    if (above !== undefined && below !== undefined) return indicator(tape, op.and(above, below));
    const inside = above ?? below;
    return inside === undefined ? tape.scalar(1) : indicator(tape, inside);
  },
  (site, inputIsNonNegative) => {
    const bound = (index: number) => site.numbers(inputOf(site.node, index))?.[0];
    const high = site.node.inputs[2] ? bound(2) : Number.POSITIVE_INFINITY;
    return (inputIsNonNegative(0) || (bound(1) ?? -1) >= 0) && (high ?? -1) >= 0;
  },
);

export const Clip: OperatorEntry = {
  ...clip,
  describe: (site) =>
    site.isSignal(1) || site.isSignal(2)
      ? unsupported("takes its bounds from the picture, not from the file")
      : clip.describe(site),
};

/** The density of the standard normal distribution at x, for Gelu's derivative. */
function normalDensity({ op, x }: Activation): string {
  return op.mul(op.exp(op.mul(op.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
}

export const Gelu = activation((a) => {
  const { op, x, site } = a;
  if (stringAttribute(site.node, "approximate", "none") === "tanh") {
    // y = x (1 + t) / 2 with t = tanh u, u = sqrt(2/pi) (x + 0.044715 x^3): y' = (t + x (1 - t^2) u' + 1) / 2
    const root = Math.sqrt(2 / Math.PI);
    const square = op.mul(x, x);
    const t = op.tanh(op.mul(op.mul(x, op.add(op.mul(square, 0.044715), 1)), root));
    const slope = op.add(op.mul(square, 3 * 0.044715 * root), root);
    const curvature = op.mul(op.mul(x, op.sub(1, op.mul(t, t))), slope);
    return op.mul(op.add(op.add(t, curvature), 1), 0.5);
  }
  // y = x P(x), P the normal distribution: y' = P + x p
  const cumulative = op.mul(op.add(op.erf(op.mul(x, Math.SQRT1_2)), 1), 0.5);
  return op.add(cumulative, op.mul(x, normalDensity(a)));
});

export const Mish = activation(({ op, x }) => {
  // y = x t with t = tanh(softplus(x)): y' = t + x (1 - t^2) sigmoid(x)
  const t = op.tanh(op.softplus(x));
  const slope = op.mul(op.sub(1, op.mul(t, t)), op.sigmoid(x));
  return op.add(t, op.mul(x, slope));
});

export const Softsign = activation(({ op, x }) => {
  // y = x / (1 + |x|): y' = 1 / (1 + |x|)^2
  const size = op.add(op.abs(x), 1);
  return op.reciprocal(op.mul(size, size));
}, "preserved");

export const ThresholdedRelu = activation(
  (a) => a.op.where(a.op.greater(a.x, attribute(a, "alpha", 1)), 1, 0),
  (site, inputIsNonNegative) => inputIsNonNegative(0) || floatAttribute(site.node, "alpha", 1) >= 0,
);

/** y = x + bias below -lambd, x - bias above lambd, 0 between (hard and soft shrinkage). */
export const Shrink = activation((a) =>
  a.op.where(a.op.greater(a.op.abs(a.x), attribute(a, "lambd", 0.5)), 1, 0),
);

export const Swish = activation((a) => {
  // y = x s with s = sigmoid(alpha x): y' = s + alpha y (1 - s)
  const { op, x, y } = a;
  const alpha = attribute(a, "alpha", 1);
  const s = op.sigmoid(op.mul(x, alpha));
  return op.add(s, op.mul(op.mul(y, alpha), op.sub(1, s)));
}, "preserved");
