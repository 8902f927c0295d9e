/**
 * Norms: y = (sum_i |x_i|^p)^(1/p) over windows or axes. Taken apart they are an elementwise |x|^p, a sum, and an
 * elementwise root: the elementwise parts pass relevance on unchanged and the sum is a linear map with weights 1, so that
 * each x_i gets its share |x_i|^p of the sum, by the rule for sums. For gradients,
 *
 *     dy/dx_i = sign(x_i) |x_i|^(p-1) y^(1-p),
 *
 * and DeepLIFT has the rescale rule at the power and at the root.
 */
import { inputOf, intAttribute, intsAttribute, outputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { unweighted } from "./average.ts";
import { broadcastBack, keptAxes, type Reduced, reducedAxes, reducedOver } from "./axes.ts";
import {
  type EmitContext,
  type Linear,
  type OperatorEntry,
  type Site,
  type Unsupported,
  unsupported,
} from "./operator.ts";
import { absolute, innerSlope, outerSlope, power, powerQuotient, rootQuotient } from "./powers.ts";
import { reshapeSizes, staticSizes } from "./size.ts";
import { windowOf } from "./window.ts";
import { sumWindows, windowSumAdjoint } from "./window-sum.ts";

interface Sums {
  /** Sums of per-image values, in the shape of the output. */
  sum(emission: EmitContext, x: string): string;
  adjoint(emission: EmitContext, s: string): string;
  /** Shape of the output as `adjoint` takes it. */
  readonly dims: readonly Size[];
  /** A per-image value of the output's shape in those dims. */
  shaped(emission: EmitContext, value: string): string;
}

/** @param rooted whether y is the p-th root, or the sum itself */
function norm(site: Site, p: number, sums: Sums, rooted: boolean): Linear {
  const [x, y] = [inputOf(site.node, 0), outputOf(site.node)];
  const inputDims = site.shape(x);
  return unweighted({
    inputs: [0],
    apply: (emission, [part = ""]) => sums.sum(emission, part),
    adjoint: (emission, s, weights) => {
      const result = [sums.adjoint(emission, s)];
      return weights.map(() => result);
    },
    inner: {
      terms: ({ tape }) => [power(tape, absolute(tape, x, p), p)],
      output: ({ tape }) => (rooted ? power(tape, y, p) : y),
      gradient(emission, r) {
        const { tape, perTarget } = emission;
        const outer = rooted && p !== 1 ? scaled(emission, r, outerSlope(tape, y, p), sums) : r;
        const inner = innerSlope(tape, x, p, rooted);
        return [perTarget.mul(sums.adjoint(emission, outer), inner, inputDims, inputDims)];
      },
      rescaled(emission, r, baseline) {
        const { tape, perTarget } = emission;
        const outer =
          rooted && p !== 1 ? scaled(emission, r, rootQuotient(tape, y, baseline(y), p), sums) : r;
        const inner = powerQuotient(tape, x, baseline(x), p);
        return [perTarget.mul(sums.adjoint(emission, outer), inner, inputDims, inputDims)];
      },
    },
  });
}

function scaled(emission: EmitContext, r: string, slope: string, sums: Sums): string {
  const reshaped = emission.perTarget.reshape(r, sums.dims);
  return emission.perTarget.mul(reshaped, sums.shaped(emission, slope), sums.dims, sums.dims);
}

function overAxes(site: Site, reduced: Reduced): Sums {
  return {
    sum: ({ tape }, x) => {
      const sum = tape.emit("ReduceSum", [x, tape.ints(reduced.axes)]);
      const output = outputOf(site.node);
      const sizes = site.shape(output);
      return sizes.length === reduced.kept.length
        ? sum
        : tape.emit("Reshape", [sum, tape.ints(reshapeSizes(sizes))]);
    },
    adjoint: (emission, s) => broadcastBack(emission, s, site, reduced),
    dims: reduced.kept,
    shaped: (emission, value) => keptAxes(emission, value, reduced),
  };
}

function reduction(p: number, rooted = true): OperatorEntry {
  return {
    nonNegative: "always",
    describe(site): Linear | Unsupported {
      const reduced = reducedAxes(site);
      if ("reason" in reduced) return reduced;
      if (reduced.axes.length === 0) return unsupported("reduces over no axes");
      return norm(site, p, overAxes(site, reduced), rooted);
    },
  };
}

export const ReduceL1 = reduction(1);
export const ReduceL2 = reduction(2);
export const ReduceSumSquare = reduction(2, false);

export const GlobalLpPool: OperatorEntry = {
  nonNegative: "always",
  describe(site) {
    const space = site.shape(inputOf(site.node, 0)).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    const reduced = reducedOver(site, space);
    if ("reason" in reduced) return reduced;
    return norm(site, intAttribute(site.node, "p", 2), overAxes(site, reduced), true);
  },
};

export const LpPool: OperatorEntry = {
  nonNegative: "always",
  describe(site) {
    const { node } = site;
    const [input, output] = [inputOf(node, 0), outputOf(node)];
    const window = windowOf(site, intsAttribute(node, "kernel_shape") ?? [], input, output);
    const [channels = 0] = staticSizes(site.shape(input), site, 1);
    return norm(
      site,
      intAttribute(node, "p", 2),
      {
        sum: (emission, x) => sumWindows(emission, x, window, channels),
        adjoint: (emission, s) => windowSumAdjoint(emission, s, window, channels),
        dims: site.shape(output),
        shaped: (_, value) => value,
      },
      true,
    );
  },
};
