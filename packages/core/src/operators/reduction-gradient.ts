/** Reductions that have a gradient and no rule. */
import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import { broadcastBack, type Reduced, reducedAxes } from "./axes.ts";
import type { EmitContext, OperatorEntry } from "./operator.ts";

/** @param slope dy/dx in the shape of x, from the values x and y of the node */
export function reductionGradient(
  slope: (emission: EmitContext, x: string, y: string, reduced: Reduced) => string,
): OperatorEntry["describe"] {
  return (site) => {
    const reduced = reducedAxes(site);
    if ("reason" in reduced) return reduced;
    const [x, y] = [inputOf(site.node, 0), outputOf(site.node)];
    return {
      kind: "pass",
      input: 0,
      gradientOnly: true,
      derivative: {
        adjoint: (emission, r) =>
          emission.perTarget.mul(
            broadcastBack(emission, r, site, reduced),
            slope(emission, x, y, reduced),
            reduced.dims,
            reduced.dims,
          ),
      },
    };
  };
}
