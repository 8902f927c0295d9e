/** The product over axes: a gradient, and no rule. dy/dx_i is the product of all others, y / x_i where no element is 0. */
import { inputOf, ops, outputOf } from "@onnx-lrp/onnx-loader";
import { broadcastBack, keptAxes, reducedAxes } from "./axes.ts";
import type { OperatorEntry } from "./operator.ts";

export const ReduceProd: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const reduced = reducedAxes(site);
    if ("reason" in reduced) return reduced;
    const [x, y] = [inputOf(site.node, 0), outputOf(site.node)];
    return {
      kind: "pass",
      input: 0,
      gradientOnly: true,
      derivative: {
        adjoint(emission, r) {
          const { tape, perTarget } = emission;
          const op = ops(tape);
          const { axes, dims } = reduced;
          const isZero = op.equal(x, 0);
          const filled = op.where(isZero, 1, x);
          const zeros = op.sum(op.where(isZero, 1, 0), axes);
          // Where one element is 0, it has the product of the others, which have 0; where several are, all have 0.
          const others = op.exp(op.sum(op.log(op.abs(filled)), axes));
          const negative = op.sum(op.where(op.less(filled, 0), 1, 0), axes);
          const odd = tape.emit("Mod", [negative, tape.scalar(2)], { fmod: { kind: "int", value: 1n } });
          const product = op.mul(others, op.sub(1, op.mul(odd, 2)));
          const single = op.where(op.and(isZero, op.equal(zeros, 1)), product, 0);
          const slope = op.where(op.equal(zeros, 0), op.div(keptAxes(emission, y, reduced), filled), single);
          return perTarget.mul(broadcastBack(emission, r, site, reduced), slope, dims, dims);
        },
      },
    };
  },
};
