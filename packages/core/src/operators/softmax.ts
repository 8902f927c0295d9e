/**
 * Softmax and LogSoftmax inside a network, ReduceLogSum and ReduceLogSumExp: gates and attention are made with them. All but
 * Softmax have gradients, but no rule.
 */
import { inputOf, intAttribute, type Ops, ops, outputOf } from "@onnx-lrp/onnx-loader";
import { keptAxes, type Reduced } from "./axes.ts";
import { type EmitContext, type OperatorEntry, type Rescaled, type Site, unsupported } from "./operator.ts";
import { reductionGradient } from "./reduction-gradient.ts";
import { openAxis, positiveAxis } from "./size.ts";
import { logSumExpRescaled, lowestScore, softmaxRescaled } from "./softmax-rescaled.ts";
import { divideOr, zeroDifference } from "./stabilize.ts";

/** @param g per target as [K, ...] @param axis counted with K @returns per target as [K, ...] */
type Adjoint = (op: Ops, g: string, y: string, axis: number) => string;

function emitAlong({ tape, perTarget }: EmitContext, site: Site, r: string, adjoint: Adjoint): string {
  const y = outputOf(site.node);
  const dims = site.shape(y);
  return perTarget.merge(adjoint(ops(tape), perTarget.split(r, dims), y, axisOf(site) + 1), dims);
}

/** DeepLIFT's multipliers of a Softmax, or of a LogSoftmax. */
function rescaled(site: Site, logarithm: boolean): Rescaled<string> {
  return (emission, r, baseline) => {
    const values = [inputOf(site.node, 0), outputOf(site.node)] as const;
    const dims = site.shape(values[1]);
    const g = emission.perTarget.split(r, dims);
    return emission.perTarget.merge(
      softmaxRescaled(emission, values, g, axisOf(site), baseline, logarithm),
      dims,
    );
  };
}

function axisOf({ node, shape }: Site): number {
  return positiveAxis(intAttribute(node, "axis", -1), shape(outputOf(node)).length);
}

function isOverBatch(site: Site): boolean {
  return axisOf(site) === openAxis(site.shape(outputOf(site.node)));
}

export const Softmax: OperatorEntry = {
  along: (site, axis) => (axis === axisOf(site) ? undefined : [axis]),
  nonNegative: "always",
  describe(site) {
    if (isOverBatch(site)) return unsupported("takes a softmax over the batch");
    const x = inputOf(site.node, 0);
    return {
      kind: "softmax",
      input: 0,
      // dx = y (g - sum(g y))
      gradient: (emission, r) =>
        emitAlong(emission, site, r, (op, g, y, axis) => op.mul(op.sub(g, op.sum(op.mul(g, y), [axis])), y)),
      relevance: (emission, r) =>
        emitAlong(emission, site, r, (op, g, y, axis) =>
          op.mul(op.sub(g, op.mul(op.sum(g, [axis]), y)), op.max(x, lowestScore)),
        ),
      rescaled: rescaled(site, false),
    };
  },
};

/** 1 at the largest element along an axis: constant but for jumps. */
export const Hardmax: OperatorEntry = {
  nonNegative: "always",
  describe: () => ({
    kind: "pass",
    input: 0,
    gradientOnly: true,
    derivative: { adjoint: ({ tape }, r) => tape.emit("Mul", [r, tape.scalar(0)]) },
  }),
};

/** dx = g - exp(y) sum(g) */
export const LogSoftmax: OperatorEntry = {
  describe(site) {
    if (isOverBatch(site)) return unsupported("takes a softmax over the batch");
    return {
      kind: "pass",
      input: 0,
      gradientOnly: true,
      derivative: {
        adjoint: (emission, r) =>
          emitAlong(emission, site, r, (op, g, y, axis) => op.sub(g, op.mul(op.sum(g, [axis]), op.exp(y)))),
        rescaled: rescaled(site, true),
      },
    };
  },
};

/** dx = g / sum(x) = g exp(-y) */
export const ReduceLogSum: OperatorEntry = {
  describe: reductionGradient(
    (emission, x, y, reduced) => inTheShapeOf(emission, x, inverseSum(emission, y, reduced)),
    (emission, x, y, reduced, baseline) => {
      const { tape } = emission;
      const op = ops(tape);
      const then = baseline(y);
      // The sum is linear; the rescale rule is at the logarithm.
      const slope = divideOr(
        tape,
        keptAxes(emission, op.sub(y, then), reduced),
        keptAxes(emission, op.sub(op.exp(y), op.exp(then)), reduced),
        zeroDifference,
        inverseSum(emission, y, reduced),
      );
      return inTheShapeOf(emission, x, slope);
    },
  ),
};

function inverseSum(emission: EmitContext, y: string, reduced: Reduced): string {
  const op = ops(emission.tape);
  return op.reciprocal(op.exp(keptAxes(emission, y, reduced)));
}

function inTheShapeOf({ tape }: EmitContext, x: string, value: string): string {
  return tape.emit("Expand", [value, tape.emit("Shape", [x])]);
}

/** dx = g exp(x - y) */
export const ReduceLogSumExp: OperatorEntry = {
  describe: reductionGradient(
    (emission, x, y, reduced) => {
      const op = ops(emission.tape);
      return op.exp(op.sub(x, keptAxes(emission, y, reduced)));
    },
    (emission, x, y, reduced, baseline) =>
      logSumExpRescaled(
        emission,
        { x, y: keptAxes(emission, y, reduced) },
        { x: baseline(x), y: keptAxes(emission, baseline(y), reduced) },
      ),
  ),
};
