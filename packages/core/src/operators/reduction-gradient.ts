/** Reductions that have a gradient and no rule. */
import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import { broadcastBack, type Reduced, reducedAxes } from "./axes.ts";
import type { EmitContext, OnBaseline, OperatorEntry } from "./operator.ts";

type Slope = (emission: EmitContext, x: string, y: string, reduced: Reduced) => string;

/**
 * @param slope dy/dx in the shape of x, from the values x and y of the node
 * @param rescaledSlope the same for DeepLIFT, from their values on the baseline too
 */
export function reductionGradient(
  slope: Slope,
  rescaledSlope?: (...given: [...Parameters<Slope>, OnBaseline]) => string,
): OperatorEntry["describe"] {
  return (site) => {
    const reduced = reducedAxes(site);
    if ("reason" in reduced) return reduced;
    const [x, y] = [inputOf(site.node, 0), outputOf(site.node)];
    const back = (emission: EmitContext, r: string, factor: string) =>
      emission.perTarget.mul(broadcastBack(emission, r, site, reduced), factor, reduced.dims, reduced.dims);
    return {
      kind: "pass",
      input: 0,
      gradientOnly: true,
      derivative: {
        adjoint: (emission, r) => back(emission, r, slope(emission, x, y, reduced)),
        ...(rescaledSlope === undefined
          ? {}
          : {
              rescaled: (emission: EmitContext, r: string, baseline: OnBaseline) =>
                back(emission, r, rescaledSlope(emission, x, y, reduced, baseline)),
            }),
      },
    };
  };
}
