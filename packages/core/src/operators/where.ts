/**
 * A choice between values, element by element: relevance goes to the one that was chosen. A choice that depends on the
 * picture gets none, as the place of a maximum gets none; between constants it has no rule, and the derivative 0.
 */

import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import { piecewiseConstant } from "./activation.ts";
import { sumTo } from "./broadcast.ts";
import type { EmitContext, OperatorEntry } from "./operator.ts";

export const Where: OperatorEntry = {
  nonNegative: (site, isNonNegative) =>
    [1, 2].every((index) =>
      site.isSignal(index)
        ? isNonNegative(index)
        : (site.numbers(inputOf(site.node, index))?.every((value) => value >= 0) ?? false),
    ),
  describe(site) {
    const { node } = site;
    const condition = inputOf(node, 0);
    const inputs = [1, 2].filter((index) => site.isSignal(index));
    if (inputs.length === 0) return piecewiseConstant().describe(site);
    const dims = site.shape(outputOf(node));
    const conditionDims = site.shape(condition);
    const chosen = ({ tape, perTarget }: EmitContext, r: string, index: number) => {
      const [yes, no] = index === 1 ? [1, 0] : [0, 1];
      const mask = tape.emit("Where", [condition, tape.scalar(yes), tape.scalar(no)]);
      return perTarget.mul(r, mask, dims, conditionDims);
    };
    return {
      kind: "route",
      name: site.isSignal(0) ? "winner" : "route",
      inputs,
      adjoint: (emission, r) =>
        inputs.map((index) =>
          sumTo(emission, chosen(emission, r, index), dims, site.shape(inputOf(node, index))),
        ),
      constants: (emission, r) =>
        [1, 2]
          .filter((index) => !site.isSignal(index))
          .map((index) => ({ relevance: chosen(emission, r, index), dims })),
    };
  },
};
