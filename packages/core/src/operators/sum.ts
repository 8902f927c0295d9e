/**
 * Sums of signals: linear maps whose weights are all 1, all 1/k (Mean), or 1 and -1 (a difference). A constant among the
 * terms is added after the map, as if by a node of its own.
 */

import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import { sumTo } from "./broadcast.ts";
import type { Linear, OperatorEntry, Pass, Site } from "./operator.ts";

interface Terms {
  /** Weights of the inputs; left out, all 1. */
  readonly signs?: readonly (1 | -1)[];
  /** What the sum is multiplied with. */
  readonly factor?: number;
}

/** The sum of those inputs that are signals, of which there are several. */
export function sumOfSignals(site: Site, { signs, factor = 1 }: Terms = {}): Linear {
  const { node } = site;
  const output = site.shape(outputOf(node));
  const inputs = node.inputs.flatMap((_, index) => (site.isSignal(index) ? [index] : []));
  const apply: Linear["apply"] = ({ tape }, xs) => {
    const terms = xs.flatMap((x, slot) =>
      x === undefined ? [] : [signs?.[slot] === -1 ? tape.emit("Neg", [x]) : x],
    );
    const sum = terms.reduce((all, term) => tape.emit("Add", [all, term]));
    return factor === 1 ? sum : tape.emit("Mul", [sum, tape.scalar(factor)]);
  };
  const signals = inputs.map((index) => inputOf(node, index));
  return {
    kind: "linear",
    role: "other",
    inputs,
    weight: undefined,
    bias: undefined,
    biasDims: [],
    ...(signs === undefined ? {} : { signs }),
    ...(inputs.length === node.inputs.length
      ? {}
      : { inner: { output: (emission) => apply(emission, signals, "") } }),
    apply,
    adjoint(emission, s, weights) {
      const { tape } = emission;
      const share = factor === 1 ? s : tape.emit("Mul", [s, tape.scalar(factor)]);
      const results = signals.map((input, slot) => {
        const summed = sumTo(emission, share, output, site.shape(input));
        return signs?.[slot] === -1 ? tape.emit("Neg", [summed]) : summed;
      });
      return weights.map(() => results);
    },
  };
}

function sum(site: Site, factor: number): Linear | Pass {
  const signals = site.node.inputs.flatMap((_, index) => (site.isSignal(index) ? [index] : []));
  const [input = 0] = signals;
  if (signals.length > 1) return sumOfSignals(site, { factor });
  return {
    kind: "pass",
    input,
    derivative: factor === 1 ? "one" : ({ tape }) => ({ value: tape.scalar(factor), dims: [] }),
  };
}

/** Whether no input is ever negative. */
const allNonNegative: OperatorEntry["nonNegative"] = (site, isNonNegative) =>
  site.node.inputs.every((input, index) =>
    site.isSignal(index)
      ? isNonNegative(index)
      : (site.numbers(input)?.every((value) => value >= 0) ?? false),
  );

export const Sum: OperatorEntry = { nonNegative: allNonNegative, describe: (site) => sum(site, 1) };
export const Mean: OperatorEntry = {
  nonNegative: allNonNegative,
  describe: (site) => sum(site, 1 / site.node.inputs.length),
};
