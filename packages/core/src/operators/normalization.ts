/**
 * Normalizations that are not folded into a linear layer: relevance passes unchanged. Batch normalization, whose
 * statistics are constants, has a derivative; the others have adjoints, which go through their statistics (norm-groups.ts).
 */
import {
  floatAttribute,
  inputOf,
  intAttribute,
  intsValue as ints,
  ops,
  outputOf,
} from "@onnx-lrp/onnx-loader";
import { type NormGroups, normAdjoint, normRescaled } from "./norm-groups.ts";
import {
  type EmitContext,
  type Linear,
  type OperatorEntry,
  type Pass,
  type Site,
  type Unsupported,
  unsupported,
} from "./operator.ts";
import { powerQuotient } from "./powers.ts";
import { openAxis, positiveAxis, staticSize, staticSizes } from "./size.ts";
import { divideOr, divideOrZero, inverseOrZero, zeroDifference } from "./stabilize.ts";

export const BatchNormalization: OperatorEntry = {
  describe(site) {
    const { node } = site;
    if ([1, 2, 3, 4].some((index) => site.isSignal(index)))
      return unsupported("takes its statistics from the picture");
    if (intAttribute(node, "training_mode", 0) !== 0)
      return unsupported("takes the batch's own statistics (training mode)");
    const [, gamma = "", , , variance = ""] = node.inputs;
    return {
      kind: "pass",
      input: 0,
      derivative: ({ tape }) => {
        const dims = site.shape(outputOf(node));
        const sizes = [staticSize(dims[1], site, "channel count"), ...dims.slice(2).map(() => 1)];
        const deviation = tape.emit("Sqrt", [
          tape.emit("Add", [variance, tape.scalar(floatAttribute(node, "epsilon", 1e-5))]),
        ]);
        const slope = tape.emit("Div", [gamma, deviation]);
        return { value: tape.emit("Reshape", [slope, tape.ints(sizes)]), dims: sizes };
      },
    };
  },
};

/** @param centred whether a mean is taken off; where none is, a constant deviation leaves a factor, which passes relevance */
function normalization(site: Site, groupsOf: () => NormGroups, centred = true): Pass | Unsupported {
  const { node } = site;
  if (node.inputs.some((_, index) => index > 0 && site.isSignal(index)))
    return unsupported("takes its scale from the picture, not from the file");
  return {
    kind: "pass",
    input: 0,
    derivative: {
      adjoint: (emission, r) => normAdjoint(emission, site, r, groupsOf()),
      rescaled: (emission, r, baseline) => normRescaled(emission, site, r, groupsOf(), baseline),
    },
    ...(centred ? { linear: () => withConstantDeviation(site, groupsOf()) } : {}),
  };
}

/** y = scale (x - mean) / d + shift with d a constant: the adjoint is (g - mean(g)) / d with g = scale r. */
function withConstantDeviation(site: Site, groups: NormGroups): Linear {
  const { node } = site;
  const shift = inputOf(node, 2);
  const biasDims = shift === "" ? undefined : groups.shiftDims();
  return {
    kind: "linear",
    role: "normalization",
    inputs: [0],
    weight: undefined,
    bias: biasDims === undefined ? undefined : shift,
    biasDims: biasDims ?? [],
    // The forward pass has the whole map's output; no other part of it is ever taken (build.ts).
    apply: () => outputOf(node),
    adjoint: (emission, s, weights) => {
      const result = [normAdjoint(emission, site, s, groups, "constant")];
      return weights.map(() => result);
    },
  };
}

/** Elements after the first `axes` axes. */
function elements(site: Site, axes: number): number {
  return staticSizes(site.shape(inputOf(site.node, 0)), site, axes).reduce((a, b) => a * b, 1);
}

/** The shape of one number per channel. */
function channelDims(site: Site): number[] {
  const dims = site.shape(inputOf(site.node, 0));
  return [staticSize(dims[1], site, "channel count"), ...dims.slice(2).map(() => 1)];
}

/** One number per channel, for a map over space. */
function perChannel(site: Site, value: string) {
  const sizes = channelDims(site);
  return ({ tape }: EmitContext) => ({ value: tape.emit("Reshape", [value, tape.ints(sizes)]), dims: sizes });
}

export const InstanceNormalization: OperatorEntry = {
  describe: (site) =>
    normalization(site, () => ({
      groupSize: elements(site, 2),
      epsilon: floatAttribute(site.node, "epsilon", 1e-5),
      centred: true,
      scale: perChannel(site, inputOf(site.node, 1)),
      shiftDims: () => channelDims(site),
    })),
};

export const GroupNormalization: OperatorEntry = {
  describe: (site) =>
    normalization(site, () => {
      const groups = intAttribute(site.node, "num_groups", 1);
      const scale = inputOf(site.node, 1);
      const dims = site.shape(inputOf(site.node, 0));
      const channels = staticSize(dims[1], site, "channel count");
      const given = staticSize(site.shape(scale)[0], site, "scale");
      const whole = perChannel(site, scale);
      return {
        groupSize: elements(site, 1) / groups,
        epsilon: floatAttribute(site.node, "epsilon", 1e-5),
        centred: true,
        shiftDims: () => (given === channels ? channelDims(site) : undefined),
        // Before opset 21 there is one number per group.
        scale: (emission) => {
          if (given === channels) return whole(emission);
          const { tape } = emission;
          const column = tape.emit("Reshape", [scale, tape.ints([groups, 1])]);
          const repeated = tape.emit("Expand", [column, tape.ints([groups, channels / groups])]);
          return perChannel(site, repeated)(emission);
        },
      };
    }),
};

function firstNormalized({ node, shape }: Site): number {
  return positiveAxis(intAttribute(node, "axis", -1), shape(inputOf(node, 0)).length);
}

/** The axes from `axis` on share their statistics, and each element of them has its own scale. */
const overLastAxes = (centred: boolean): OperatorEntry => ({
  along: (site, axis) => (axis < firstNormalized(site) ? [axis] : undefined),
  describe: (site) => {
    const dims = site.shape(inputOf(site.node, 0));
    const axis = firstNormalized(site);
    if (openAxis(dims) >= axis) return unsupported("normalizes over the batch");
    const scale = inputOf(site.node, 1);
    const groups = (): NormGroups => ({
      groupSize: elements(site, axis),
      epsilon: floatAttribute(site.node, "epsilon", 1e-5),
      centred,
      scale: () => ({ value: scale, dims: site.shape(scale) }),
      shiftDims: () => staticSizes(site.shape(inputOf(site.node, 2)), site),
    });
    return normalization(site, groups, centred);
  },
});

export const LayerNormalization = overLastAxes(true);
export const RMSNormalization = overLastAxes(false);
/** What onnxruntime calls RMSNormalization. */
export const SimplifiedLayerNormalization = overLastAxes(false);

/**
 * y_c = x_c d_c^-beta with d_c = bias + alpha/size sum of x^2 over the channels around c:
 *
 *     dx_c = r_c d_c^-beta - 2 alpha beta / size x_c sum of r y / d over the same channels
 */
export const LRN: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const { node } = site;
    const [x, y] = [inputOf(node, 0), outputOf(node)];
    const size = intAttribute(node, "size", 1);
    if (size % 2 === 0) return unsupported("has an even size");
    const [alpha, beta, bias] = [
      floatAttribute(node, "alpha", 1e-4),
      floatAttribute(node, "beta", 0.75),
      floatAttribute(node, "bias", 1),
    ];
    const half = Math.floor(size / 2);
    return {
      kind: "pass",
      input: 0,
      derivative: {
        adjoint(emission, r) {
          const { tape, perTarget } = emission;
          const dims = site.shape(x);
          const squares = channelSums(emission, site, tape.emit("Mul", [x, x]), half);
          const d = tape.emit("Add", [
            tape.emit("Mul", [squares, tape.scalar(alpha / size)]),
            tape.scalar(bias),
          ]);
          const direct = perTarget.mul(r, tape.emit("Pow", [d, tape.scalar(-beta)]), dims, dims);
          const weighted = perTarget.mul(r, tape.emit("Div", [y, d]), dims, dims);
          const around = channelSums(emission, site, weighted, half);
          const factor = tape.emit("Mul", [x, tape.scalar((-2 * alpha * beta) / size)]);
          return perTarget.add(direct, perTarget.mul(around, factor, dims, dims));
        },
        // A product of x and d^-beta, of which the rescale rule at the power goes on to the squares.
        rescaled(emission, r, baseline) {
          const { tape, perTarget } = emission;
          const op = ops(tape);
          const dims = site.shape(x);
          const inputs = [x, baseline(x)];
          const [d = "", d0 = ""] = inputs.map((value) =>
            op.add(op.mul(channelSums(emission, site, op.mul(value, value), half), alpha / size), bias),
          );
          const [power, power0] = [op.pow(d, -beta), op.pow(d0, -beta)];
          const both = op.add(x, baseline(x));
          const slope = op.mul(op.pow(op.mul(op.add(d, d0), 0.5), -beta - 1), -beta);
          const quotient = divideOr(tape, op.sub(power, power0), op.sub(d, d0), zeroDifference, slope);
          const direct = perTarget.mul(r, op.mul(op.add(power, power0), 0.5), dims, dims);
          const weighted = perTarget.mul(r, op.mul(op.mul(both, 0.5), quotient), dims, dims);
          const around = channelSums(emission, site, weighted, half);
          return perTarget.add(direct, perTarget.mul(around, op.mul(both, alpha / size), dims, dims));
        },
      },
    };
  },
};

/** For each channel the sum of those up to `half` away, per image or per target. */
function channelSums({ tape }: EmitContext, site: Site, value: string, half: number): string {
  const sizes = staticSizes(site.shape(inputOf(site.node, 0)), site, 1);
  const [channels = 1, ...space] = sizes;
  const flat = [-1, 1, channels, space.reduce((a, b) => a * b, 1)];
  const reshaped = tape.emit("Reshape", [value, tape.ints(flat)]);
  const padded = tape.emit("Pad", [reshaped, tape.ints([0, 0, half, 0, 0, 0, half, 0])]);
  const mean = tape.emit("AveragePool", [padded], { kernel_shape: ints([2 * half + 1, 1]) });
  const sum = tape.emit("Mul", [mean, tape.scalar(2 * half + 1)]);
  return tape.emit("Reshape", [sum, tape.ints([-1, ...sizes])]);
}

/** A norm below it is that of zeros. */
const smallestNorm = 1e-30;

/** y = x / norm(x) along an axis, for the norms p = 1 and 2: dx = (r - s sum(r y)) / norm, s = y or sign(x). */
export const LpNormalization: OperatorEntry = {
  describe(site) {
    const { node } = site;
    const [x, y] = [inputOf(node, 0), outputOf(node)];
    const dims = site.shape(x);
    const axis = positiveAxis(intAttribute(node, "axis", -1), dims.length);
    if (axis === openAxis(dims)) return unsupported("normalizes over the batch");
    const p = intAttribute(node, "p", 2);
    return {
      kind: "pass",
      input: 0,
      derivative: {
        adjoint({ tape, perTarget }, r) {
          const total = (value: string, at: number) => tape.emit("ReduceSum", [value, tape.ints([at])]);
          const terms = p === 1 ? tape.emit("Abs", [x]) : tape.emit("Mul", [x, x]);
          const sum = total(terms, axis);
          const norm = p === 1 ? sum : tape.emit("Sqrt", [sum]);
          const slope = p === 1 ? ops(tape).sign(x) : y;
          const g = perTarget.split(r, dims);
          const along = tape.emit("Mul", [total(tape.emit("Mul", [g, y]), axis + 1), slope]);
          return perTarget.merge(tape.emit("Div", [tape.emit("Sub", [g, along]), norm]), dims);
        },
        // A product of x and 1 / norm, of which the rescale rule at the latter goes on to the terms of the norm.
        rescaled({ tape, perTarget }, r, baseline) {
          const op = ops(tape);
          const then = baseline(x);
          const terms = (value: string) => op.sum(p === 1 ? op.abs(value) : op.mul(value, value), [axis]);
          const [sum, sum0] = [terms(x), terms(then)];
          const inverse = (value: string) =>
            inverseOrZero(tape, p === 1 ? value : op.sqrt(value), smallestNorm);
          const [s, s0] = [inverse(sum), inverse(sum0)];
          const both = op.mul(s, s0);
          const slope = op.neg(p === 1 ? both : divideOrZero(tape, op.mul(both, both), op.add(s, s0), 0));
          // Where one of them is zero, 1 / norm, which is 0 there, jumps.
          const jump = divideOrZero(tape, op.sub(s, s0), op.sub(sum, sum0), 0);
          const inner = powerQuotient(tape, x, then, p);
          const factor = op.mul(op.where(op.equal(both, 0), jump, slope), inner);
          const g = perTarget.split(r, dims);
          const byInverse = op.sum(op.mul(g, op.mul(op.add(x, then), 0.5)), [axis + 1]);
          const direct = op.mul(g, op.mul(op.add(s, s0), 0.5));
          return perTarget.merge(op.add(direct, op.mul(byInverse, factor)), dims);
        },
      },
    };
  },
};
