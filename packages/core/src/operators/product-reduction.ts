/** The product over axes: a gradient, and no rule. dy/dx_i is the product of all others, y / x_i where no element is 0. */
import { ops } from "@onnx-lrp/onnx-loader";
import { keptAxes } from "./axes.ts";
import type { OperatorEntry } from "./operator.ts";
import { reductionGradient } from "./reduction-gradient.ts";

export const ReduceProd: OperatorEntry = {
  nonNegative: "preserved",
  describe: reductionGradient((emission, x, y, reduced) => {
    const { tape } = emission;
    const op = ops(tape);
    const { axes } = reduced;
    const isZero = op.equal(x, 0);
    const filled = op.where(isZero, 1, x);
    const zeros = op.sum(op.where(isZero, 1, 0), axes);
    // Where one element is 0, it has the product of the others, which have 0; where several are, all have 0.
    const others = op.exp(op.sum(op.log(op.abs(filled)), axes));
    const negative = op.sum(op.where(op.less(filled, 0), 1, 0), axes);
    const half = op.mul(negative, 0.5);
    // 0 where an even number is negative, and 1/2 where an odd one is.
    const odd = op.sub(half, op.floor(half));
    const product = op.mul(others, op.sub(1, op.mul(odd, 4)));
    const single = op.where(op.and(isZero, op.equal(zeros, 1)), product, 0);
    return op.where(op.equal(zeros, 0), op.div(keptAxes(emission, y, reduced), filled), single);
  }),
};
