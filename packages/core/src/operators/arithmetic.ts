/**
 * Add, Sub, Mul, Div: with a constant they pass relevance unchanged. Of two signals Add and Sub are linear and Mul is a
 * signal and its gate, unless a normalization is written with them (statistic.ts).
 */
import { inputOf, ops, outputOf } from "@onnx-lrp/onnx-loader";
import { sumTo } from "./broadcast.ts";
import { findGate } from "./gate.ts";
import { isNormalizer } from "./normalizer.ts";
import type { EmitContext, Linear, OperatorEntry, Pass, Product, Site } from "./operator.ts";
import { isStatistic, isSubtractedStatistic } from "./statistic.ts";
import { sumOfSignals } from "./sum.ts";

function both(site: Site): boolean {
  return site.isSignal(0) && site.isSignal(1);
}

/** The index of the only signal. */
function only(site: Site): 0 | 1 {
  return site.isSignal(0) ? 0 : 1;
}

function pass(site: Site, derivative: (emission: EmitContext, constant: string) => string): Pass {
  const input = only(site);
  const constant = inputOf(site.node, 1 - input);
  return {
    kind: "pass",
    input,
    derivative: (emission) => ({ value: derivative(emission, constant), dims: site.shape(constant) }),
  };
}

const nonNegativeConstant = (site: Site) => {
  const values = site.numbers(inputOf(site.node, 1 - only(site)));
  return values?.every((value) => value >= 0) ?? false;
};

/** x + c, c - x or x - c as the identity, or its negative, with a bias. */
function shifted(site: Site, input: 0 | 1, sign: 1 | -1, constantSign: 1 | -1 = 1): Linear {
  const { node } = site;
  const constant = inputOf(node, 1 - input);
  const dims = site.shape(outputOf(node));
  const inputDims = site.shape(inputOf(node, input));
  return {
    kind: "linear",
    role: "shift",
    inputs: [input],
    weight: undefined,
    bias: constant,
    biasDims: site.shape(constant),
    scales: { weight: 1, bias: constantSign },
    ...(sign === 1 ? {} : { signs: [sign] }),
    apply: ({ tape }, [x = ""]) => (sign === 1 ? x : tape.emit("Neg", [x])),
    adjoint(emission, s, weights) {
      const summed = sumTo(emission, s, dims, inputDims);
      const result = [sign === 1 ? summed : emission.tape.emit("Neg", [summed])];
      return weights.map(() => result);
    },
  };
}

/** A signal and a statistic of it, added or subtracted. */
function centred(site: Site, signal: 0 | 1, sign: 1 | -1): Product {
  const { node } = site;
  const [left = "", right = ""] = node.inputs;
  const dims = site.shape(outputOf(node));
  return {
    kind: "product",
    inputs: [0, 1],
    signal,
    gradient(emission, r) {
      const second = sumTo(emission, r, dims, site.shape(right));
      return [
        sumTo(emission, r, dims, site.shape(left)),
        sign === 1 ? second : emission.tape.emit("Neg", [second]),
      ];
    },
  };
}

export const Add: OperatorEntry = {
  nonNegative: (site, isNonNegative) =>
    both(site)
      ? isNonNegative(0) && isNonNegative(1)
      : isNonNegative(only(site)) && nonNegativeConstant(site),
  describe(site) {
    if (!both(site)) {
      return {
        kind: "pass",
        input: only(site),
        derivative: "one",
        linear: () => shifted(site, only(site), 1),
      };
    }
    const [left = "", right = ""] = site.node.inputs;
    if (isSubtractedStatistic(site, right, left)) return centred(site, 0, 1);
    if (isSubtractedStatistic(site, left, right)) return centred(site, 1, 1);
    return sumOfSignals(site);
  },
};

export const Sub: OperatorEntry = {
  describe(site) {
    const [left = "", right = ""] = site.node.inputs;
    if (both(site)) {
      return isStatistic(site, right, left, "reduced")
        ? centred(site, 0, -1)
        : sumOfSignals(site, { signs: [1, -1] });
    }
    if (site.isSignal(0)) {
      return { kind: "pass", input: 0, derivative: "one", linear: () => shifted(site, 0, 1, -1) };
    }
    return {
      kind: "pass",
      input: 1,
      derivative: ({ tape }) => ({ value: tape.scalar(-1), dims: [] }),
      linear: () => shifted(site, 1, -1),
    };
  },
};

export const Mul: OperatorEntry = {
  nonNegative(site, isNonNegative) {
    const [left, right] = site.node.inputs;
    if (both(site)) return left === right || (isNonNegative(0) && isNonNegative(1));
    return isNonNegative(only(site)) && nonNegativeConstant(site);
  },
  describe(site) {
    if (!both(site)) return pass(site, (_, constant) => constant);
    const { signal, byActivation } = findGate(site) ?? {};
    return { kind: "product", inputs: [0, 1], signal, ...(byActivation && { byActivation }) };
  },
};

export const Div: OperatorEntry = {
  nonNegative: (site, isNonNegative) =>
    both(site)
      ? isNonNegative(0) && isNonNegative(1)
      : isNonNegative(only(site)) && nonNegativeConstant(site),
  describe(site) {
    const { node } = site;
    if (both(site)) return quotient(site);
    if (site.isSignal(0)) return pass(site, ({ tape }, constant) => tape.emit("Reciprocal", [constant]));
    // y = c / x: y' = -y / x
    const x = inputOf(node, 1);
    const y = outputOf(node);
    return {
      kind: "pass",
      input: 1,
      gradientOnly: true,
      derivative: ({ tape }) => ({
        value: tape.emit("Neg", [tape.emit("Div", [y, x])]),
        dims: site.shape(y),
      }),
    };
  },
};

/** y = a / b: dy/da = 1 / b, dy/db = -y / b. */
function quotient(site: Site): Product {
  const { node } = site;
  const [a = "", b = ""] = node.inputs;
  const y = outputOf(node);
  const dims = site.shape(y);
  return {
    kind: "product",
    inputs: [0, 1],
    signal: isStatistic(site, b, a, "any") || isNormalizer(site, b, a) ? 0 : undefined,
    unclear: "a quotient of two signals of which the divisor is no statistic or normalizer of the other",
    gradient(emission, r) {
      const { tape, perTarget } = emission;
      const divided = perTarget.mul(r, tape.emit("Reciprocal", [b]), dims, site.shape(b));
      const byDivisor = tape.emit("Neg", [perTarget.mul(divided, y, dims, dims)]);
      return [sumTo(emission, divided, dims, site.shape(a)), sumTo(emission, byDivisor, dims, site.shape(b))];
    },
    // A product of a and 1/b, of which D(1/b) / D b = -1 / (b b0).
    rescaled(emission, r, baseline) {
      const { tape, perTarget } = emission;
      const op = ops(tape);
      const [inverse, inverse0] = [op.reciprocal(b), op.reciprocal(baseline(b))];
      const [aDims, bDims] = [site.shape(a), site.shape(b)];
      const byDividend = perTarget.mul(r, op.mul(op.add(inverse, inverse0), 0.5), dims, bDims);
      const means = perTarget.mul(r, op.mul(op.add(a, baseline(a)), -0.5), dims, aDims);
      const byDivisor = perTarget.mul(means, op.mul(inverse, inverse0), dims, bDims);
      return [sumTo(emission, byDividend, dims, aDims), sumTo(emission, byDivisor, dims, bDims)];
    },
  };
}
