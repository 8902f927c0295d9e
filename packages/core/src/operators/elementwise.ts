/**
 * Functions that activations and normalizations are written with: they have a derivative, and no rule. Exceptions are
 * Neg, which is a factor of -1, and powers with a positive exponent, which are activations (squared rectifiers, or the
 * powers around an average pooling that make it a generalized mean).
 */
import { activation, building, steps } from "./activation.ts";
import { type OperatorEntry, refuse } from "./operator.ts";

export const Erf = building(({ tape, x }) => {
  const power = tape.emit("Exp", [tape.emit("Neg", [tape.emit("Mul", [x, x])])]);
  return tape.emit("Mul", [power, tape.scalar(2 / Math.sqrt(Math.PI))]);
});

export const Exp = building(({ y }) => y, "never-negative");

export const Log = building(({ tape, x }) => tape.emit("Reciprocal", [x]));

export const Neg = activation(({ tape }) => tape.scalar(-1));

export const Abs = building(({ tape, x }) => tape.emit("Sign", [x]), "never-negative");

export const Sqrt = activation(({ tape, y }) => tape.emit("Div", [tape.scalar(0.5), y]), "never-negative");

export const Reciprocal = building(({ tape, y }) => tape.emit("Neg", [tape.emit("Mul", [y, y])]), "kept");

/** y = x^p for a constant p: y' = p x^(p-1) */
const power = activation(
  ({ tape, site, x }) => {
    const p = site.numbers(site.node.inputs[1] ?? "") ?? [];
    const dims = site.shape(site.node.inputs[1] ?? "").map(Number);
    const lower = tape.floats(
      p.map((value) => value - 1),
      dims,
    );
    return tape.emit("Mul", [tape.floats(p, dims), tape.emit("Pow", [x, lower])]);
  },
  (site, kept) =>
    kept(0) || (site.numbers(site.node.inputs[1] ?? "")?.every((value) => value % 2 === 0) ?? false),
);

export const Pow: OperatorEntry = {
  ...power,
  describe(site) {
    if (site.isSignal(1)) return refuse("has an exponent that comes from the picture");
    const exponents = site.numbers(site.node.inputs[1] ?? "");
    if (exponents === undefined) return refuse("has an exponent that is not known before the run");
    return { ...power.describe(site), gradientOnly: exponents.some((value) => value <= 0) };
  },
};

export const Sign = steps("kept");
export const Floor = steps("kept");
export const Ceil = steps("kept");
export const Round = steps("kept");
export const Greater = steps("never-negative");
export const GreaterOrEqual = steps("never-negative");
export const Less = steps("never-negative");
export const LessOrEqual = steps("never-negative");
export const Equal = steps("never-negative");
export const Not = steps("never-negative");
export const And = steps("never-negative");
export const Or = steps("never-negative");
