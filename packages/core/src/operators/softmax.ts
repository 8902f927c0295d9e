/**
 * Softmax and LogSoftmax inside a network, and ReduceLogSumExp: gates are made with them, and they have gradients, but
 * no rule of their own.
 */
import { inputOf, intAttribute, type Ops, ops, outputOf } from "@onnx-lrp/onnx-loader";
import { broadcastBack, keptAxes, reducedAxes } from "./axes.ts";
import type { OperatorEntry } from "./operator.ts";
import { positiveAxis } from "./size.ts";

/** @param adjoint with g per target as [K, ...] and `axis` counted with K */
function along(
  adjoint: (op: Ops, g: string, y: string, axis: number) => string,
  sign?: OperatorEntry["nonNegative"],
): OperatorEntry {
  return {
    ...(sign === undefined ? {} : { nonNegative: sign }),
    describe: (site) => ({
      kind: "pass",
      input: 0,
      gradientOnly: true,
      derivative: {
        adjoint({ tape, perTarget }, r) {
          const y = outputOf(site.node);
          const dims = site.shape(y);
          const axis = positiveAxis(intAttribute(site.node, "axis", -1), dims.length);
          return perTarget.merge(adjoint(ops(tape), perTarget.split(r, dims), y, axis + 1), dims);
        },
      },
    }),
  };
}

/** dx = y (g - sum(g y)) */
export const Softmax = along(
  (op, g, y, axis) => op.mul(op.sub(g, op.sum(op.mul(g, y), [axis])), y),
  "always",
);

/** dx = g - exp(y) sum(g) */
export const LogSoftmax = along((op, g, y, axis) => op.sub(g, op.mul(op.sum(g, [axis]), op.exp(y))));

/** dx = g exp(x - y) */
export const ReduceLogSumExp: OperatorEntry = {
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
          const share = op.exp(op.sub(x, keptAxes(emission, y, site, reduced)));
          return perTarget.mul(broadcastBack(emission, r, site, reduced), share, reduced.dims, reduced.dims);
        },
      },
    };
  },
};
