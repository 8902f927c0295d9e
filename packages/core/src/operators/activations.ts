/**
 * Elementwise activations: relevance passes unchanged. For gradients each has its derivative, written with the
 * activation's own input x and output y, so that nothing is computed twice.
 */
import { floatAttribute, stringAttribute } from "@onnx-lrp/onnx-loader";
import { type Activation, activation, attribute, indicator } from "./activation.ts";
import { type OperatorEntry, refuse } from "./operator.ts";

const positive = ({ tape, x }: Activation) => tape.emit("Greater", [x, tape.scalar(0)]);

/** factor where x > 0, else `otherwise`. */
const where = (a: Activation, factor: string, otherwise: string) =>
  a.tape.emit("Where", [positive(a), factor, otherwise]);

export const Relu = activation((a) => indicator(a.tape, positive(a)), "always");

export const LeakyRelu = activation(
  (a) => where(a, a.tape.scalar(1), a.tape.scalar(attribute(a, "alpha", 0.01))),
  "preserved",
);

const leaky = activation((a) => where(a, a.tape.scalar(1), a.site.node.inputs[1] ?? ""), "preserved");

export const PRelu: OperatorEntry = {
  ...leaky,
  describe: (site) =>
    site.isSignal(1) ? refuse("takes its slope from the picture, not from the file") : leaky.describe(site),
};

export const Elu = activation(
  // For x <= 0, y = alpha (exp(x) - 1), so that y' = y + alpha.
  (a) => where(a, a.tape.scalar(1), a.tape.emit("Add", [a.y, a.tape.scalar(attribute(a, "alpha", 1))])),
  "preserved",
);

export const Selu = activation((a) => {
  const gamma = attribute(a, "gamma", 1.0507009873554805);
  const alpha = attribute(a, "alpha", 1.6732632423543772);
  return where(a, a.tape.scalar(gamma), a.tape.emit("Add", [a.y, a.tape.scalar(gamma * alpha)]));
}, "preserved");

export const Celu = activation(
  // For x <= 0, y = alpha (exp(x / alpha) - 1), so that y' = y / alpha + 1.
  (a) => {
    const scaled = a.tape.emit("Div", [a.y, a.tape.scalar(attribute(a, "alpha", 1))]);
    return where(a, a.tape.scalar(1), a.tape.emit("Add", [scaled, a.tape.scalar(1)]));
  },
  "preserved",
);

/** y (1 - y) */
function logisticSlope({ tape }: Activation, y: string): string {
  return tape.emit("Mul", [y, tape.emit("Sub", [tape.scalar(1), y])]);
}

export const Sigmoid = activation((a) => logisticSlope(a, a.y), "always");

export const Tanh = activation(
  ({ tape, y }) => tape.emit("Sub", [tape.scalar(1), tape.emit("Mul", [y, y])]),
  "preserved",
);

export const Softplus = activation(({ tape, x }) => tape.emit("Sigmoid", [x]), "always");

/** slope where low < x < high, else 0. */
function between({ tape, x }: Activation, low: number, high: number, slope: string): string {
  const above = tape.emit("Greater", [x, tape.scalar(low)]);
  const below = tape.emit("Less", [x, tape.scalar(high)]);
  return tape.emit("Where", [tape.emit("And", [above, below]), slope, tape.scalar(0)]);
}

export const HardSigmoid = activation((a) => {
  const alpha = attribute(a, "alpha", 0.2);
  const beta = attribute(a, "beta", 0.5);
  return between(a, -beta / alpha, (1 - beta) / alpha, a.tape.scalar(alpha));
}, "always");

export const HardSwish = activation((a) => {
  // y = x clip(x / 6 + 1/2, 0, 1): y' = 0 below -3, 1 above 3, x / 3 + 1/2 between.
  const { tape, x } = a;
  const middle = tape.emit("Add", [tape.emit("Mul", [x, tape.scalar(1 / 3)]), tape.scalar(0.5)]);
  const upper = tape.emit("Where", [tape.emit("Less", [x, tape.scalar(3)]), middle, tape.scalar(1)]);
  return tape.emit("Where", [tape.emit("Greater", [x, tape.scalar(-3)]), upper, tape.scalar(0)]);
}, "preserved");

const clip = activation(
  ({ tape, site, x }) => {
    const [low = "", high = ""] = site.node.inputs.slice(1);
    const above = low === "" ? undefined : tape.emit("Greater", [x, low]);
    const below = high === "" ? undefined : tape.emit("Less", [x, high]);
    if (above !== undefined && below !== undefined) return indicator(tape, tape.emit("And", [above, below]));
    const inside = above ?? below;
    return inside === undefined ? tape.scalar(1) : indicator(tape, inside);
  },
  (site, kept) => {
    const bound = (index: number) => site.numbers(site.node.inputs[index] ?? "")?.[0];
    const high = site.node.inputs[2] ? bound(2) : Number.POSITIVE_INFINITY;
    return (kept(0) || (bound(1) ?? -1) >= 0) && (high ?? -1) >= 0;
  },
);

export const Clip: OperatorEntry = {
  ...clip,
  describe: (site) =>
    site.isSignal(1) || site.isSignal(2)
      ? refuse("takes its bounds from the picture, not from the file")
      : clip.describe(site),
};

/** The density of the standard normal distribution at x, for Gelu's derivative. */
function normalDensity({ tape, x }: Activation): string {
  const half = tape.emit("Mul", [tape.emit("Mul", [x, x]), tape.scalar(-0.5)]);
  return tape.emit("Mul", [tape.emit("Exp", [half]), tape.scalar(1 / Math.sqrt(2 * Math.PI))]);
}

export const Gelu = activation((a) => {
  const { tape, x, site } = a;
  if (stringAttribute(site.node, "approximate", "none") === "tanh") {
    // y = x (1 + tanh u) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3)
    const square = tape.emit("Mul", [x, x]);
    const inner = tape.emit("Add", [tape.emit("Mul", [square, tape.scalar(0.044715)]), tape.scalar(1)]);
    const u = tape.emit("Mul", [tape.emit("Mul", [x, inner]), tape.scalar(Math.sqrt(2 / Math.PI))]);
    const t = tape.emit("Tanh", [u]);
    const slope = tape.emit("Add", [
      tape.emit("Mul", [square, tape.scalar(3 * 0.044715 * Math.sqrt(2 / Math.PI))]),
      tape.scalar(Math.sqrt(2 / Math.PI)),
    ]);
    const sech = tape.emit("Sub", [tape.scalar(1), tape.emit("Mul", [t, t])]);
    const bend = tape.emit("Mul", [tape.emit("Mul", [x, sech]), slope]);
    const sum = tape.emit("Add", [tape.emit("Add", [t, bend]), tape.scalar(1)]);
    return tape.emit("Mul", [sum, tape.scalar(0.5)]);
  }
  const scaled = tape.emit("Mul", [x, tape.scalar(Math.SQRT1_2)]);
  const erf = tape.emit("Add", [tape.emit("Erf", [scaled]), tape.scalar(1)]);
  const cumulative = tape.emit("Mul", [erf, tape.scalar(0.5)]);
  return tape.emit("Add", [cumulative, tape.emit("Mul", [x, normalDensity(a)])]);
});

export const Mish = activation((a) => {
  // y = x t with t = tanh(softplus(x)): y' = t + x (1 - t^2) sigmoid(x)
  const { tape, x } = a;
  const t = tape.emit("Tanh", [tape.emit("Softplus", [x])]);
  const slope = tape.emit("Mul", [
    tape.emit("Sub", [tape.scalar(1), tape.emit("Mul", [t, t])]),
    tape.emit("Sigmoid", [x]),
  ]);
  return tape.emit("Add", [t, tape.emit("Mul", [x, slope])]);
});

export const Softsign = activation(({ tape, x }) => {
  // y = x / (1 + |x|): y' = 1 / (1 + |x|)^2
  const size = tape.emit("Add", [tape.emit("Abs", [x]), tape.scalar(1)]);
  return tape.emit("Reciprocal", [tape.emit("Mul", [size, size])]);
}, "preserved");

export const ThresholdedRelu = activation(
  (a) => indicator(a.tape, a.tape.emit("Greater", [a.x, a.tape.scalar(attribute(a, "alpha", 1))])),
  (site, kept) => kept(0) || floatAttribute(site.node, "alpha", 1) >= 0,
);

/** y = x + bias below -lambd, x - bias above lambd, 0 between (hard and soft shrinkage). */
export const Shrink = activation((a) => {
  const size = a.tape.emit("Abs", [a.x]);
  return indicator(a.tape, a.tape.emit("Greater", [size, a.tape.scalar(attribute(a, "lambd", 0.5))]));
});

export const Swish = activation((a) => {
  // y = x s with s = sigmoid(alpha x): y' = s + alpha y (1 - s)
  const { tape, x, y } = a;
  const alpha = tape.scalar(attribute(a, "alpha", 1));
  const s = tape.emit("Sigmoid", [tape.emit("Mul", [x, alpha])]);
  const bend = tape.emit("Mul", [tape.emit("Mul", [y, alpha]), tape.emit("Sub", [tape.scalar(1), s])]);
  return tape.emit("Add", [s, bend]);
}, "preserved");
