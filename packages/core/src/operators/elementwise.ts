/**
 * Functions that activations and normalizations are written with: they have a derivative, and no rule. Exceptions are
 * those that keep 0 and the sign (Asin and its kind), Neg, which is a factor of -1, and powers with a positive exponent, which are activations (squared rectifiers, or the
 * powers around an average pooling that make it a generalized mean).
 */
import { inputOf } from "@onnx-lrp/onnx-loader";
import { activation, gradientOnly, piecewiseConstant } from "./activation.ts";
import { type OperatorEntry, unsupported } from "./operator.ts";

export const Erf = gradientOnly(({ op, x }) => op.mul(op.exp(op.neg(op.mul(x, x))), 2 / Math.sqrt(Math.PI)));

export const Exp = gradientOnly(({ y }) => y, "always");

export const Log = gradientOnly(({ op, x }) => op.reciprocal(x));

export const Neg = activation(({ tape }) => tape.scalar(-1));

export const Abs = gradientOnly(({ op, x }) => op.sign(x), "always");

export const Sqrt = activation(({ op, y }) => op.div(0.5, y), "always");

export const Reciprocal = gradientOnly(({ op, y }) => op.neg(op.mul(y, y)), "preserved");

/** y = x^p for a constant p: y' = p x^(p-1) */
const power = activation(
  ({ tape, op, site, x }) => {
    const p = site.numbers(inputOf(site.node, 1)) ?? [];
    const dims = site.shape(inputOf(site.node, 1)).map(Number);
    const lower = tape.floats(
      p.map((value) => value - 1),
      dims,
    );
    return op.mul(tape.floats(p, dims), op.pow(x, lower));
  },
  (site, inputIsNonNegative) =>
    inputIsNonNegative(0) ||
    (site.numbers(inputOf(site.node, 1))?.every((value) => value % 2 === 0) ?? false),
);

export const Pow: OperatorEntry = {
  ...power,
  describe(site) {
    if (site.isSignal(1)) return unsupported("has an exponent that comes from the picture");
    const exponents = site.numbers(inputOf(site.node, 1));
    if (exponents === undefined) return unsupported("has an exponent that is unknown before the run");
    return { ...power.describe(site), gradientOnly: exponents.some((value) => value <= 0) };
  },
};

export const Sin = gradientOnly(({ tape, x }) => tape.emit("Cos", [x]));
export const Cos = gradientOnly(({ tape, op, x }) => op.neg(tape.emit("Sin", [x])));
// y' = 1 + y^2
export const Tan = gradientOnly(({ op, y }) => op.add(op.mul(y, y), 1));
export const Acos = gradientOnly(({ op, x }) => op.neg(op.reciprocal(op.sqrt(op.sub(1, op.mul(x, x))))));
export const Acosh = gradientOnly(({ op, x }) => op.reciprocal(op.sqrt(op.sub(op.mul(x, x), 1))));
// Written out, for CUDA has no kernel of Sinh and Cosh.
export const Cosh = gradientOnly(({ op, x }) => op.mul(op.sub(op.exp(x), op.exp(op.neg(x))), 0.5), "always");

// Of these f(0) is 0 and the sign is kept, as of activations.
export const Asin = activation(({ op, x }) => op.reciprocal(op.sqrt(op.sub(1, op.mul(x, x)))), "preserved");
export const Asinh = activation(({ op, x }) => op.reciprocal(op.sqrt(op.add(op.mul(x, x), 1))), "preserved");
export const Atan = activation(({ op, x }) => op.reciprocal(op.add(op.mul(x, x), 1)), "preserved");
export const Atanh = activation(({ op, x }) => op.reciprocal(op.sub(1, op.mul(x, x))), "preserved");
export const Sinh = activation(({ op, x }) => op.mul(op.add(op.exp(x), op.exp(op.neg(x))), 0.5), "preserved");

export const Sign = piecewiseConstant("preserved");
export const Floor = piecewiseConstant("preserved");
export const Ceil = piecewiseConstant("preserved");
export const Round = piecewiseConstant("preserved");
export const Greater = piecewiseConstant("always");
export const GreaterOrEqual = piecewiseConstant("always");
export const Less = piecewiseConstant("always");
export const LessOrEqual = piecewiseConstant("always");
export const Equal = piecewiseConstant("always");
export const Not = piecewiseConstant("always");
export const And = piecewiseConstant("always");
export const Or = piecewiseConstant("always");
