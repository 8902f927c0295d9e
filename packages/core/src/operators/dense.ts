import {
  floatAttribute,
  inputOf,
  intValue as int,
  intAttribute,
  intsValue as ints,
  outputOf,
  type Tape,
} from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { sumTo } from "./broadcast.ts";
import { alignedAxis } from "./broadcast-axes.ts";
import { findWeights } from "./mixing-weights.ts";
import {
  type Bilinear,
  type EmitContext,
  type Linear,
  type OperatorEntry,
  type Site,
  type Unsupported,
  unsupported,
} from "./operator.ts";
import { openAxis, reshapeSizes, staticSizes } from "./size.ts";

/** y = alpha A B + beta C with A the signal. alpha is a part of the weight, beta of the bias. */
export const Gemm: OperatorEntry = {
  along({ node, shape }, axis) {
    const bias = inputOf(node, 2);
    const [rows, columns] = [intAttribute(node, "transA", 0), 1 - intAttribute(node, "transB", 0)];
    return [
      axis === 0 ? rows : undefined,
      axis === 1 ? columns : undefined,
      bias === "" ? undefined : alignedAxis(shape(bias), shape(outputOf(node)), axis),
    ];
  },
  describe(site) {
    const { node } = site;
    if (site.isSignal(1)) return unsupported("takes its weights from the picture, not from the file");
    if (site.isSignal(2))
      return unsupported(
        "adds a value that comes from the picture to its product",
        "write it as Gemm and Add",
      );
    const [input = "", weight = "", bias = ""] = node.inputs;
    const transposesInput = intAttribute(node, "transA", 0) === 1;
    const dims = site.shape(input);
    if (transposesInput && dims.some((size) => typeof size !== "number"))
      return unsupported("transposes its signal (transA = 1), which moves the batch");
    const transposed = intAttribute(node, "transB", 0);
    const alpha = floatAttribute(node, "alpha", 1);
    const beta = floatAttribute(node, "beta", 1);
    return {
      kind: "linear",
      role: "dense",
      inputs: [0],
      weight,
      scales: { weight: alpha, bias: beta },
      bias: bias === "" || beta === 0 ? undefined : bias,
      biasDims: bias === "" ? [] : staticSizes(site.shape(bias), site),
      apply: ({ tape }, [x = ""], w) =>
        tape.emit("Gemm", [x, w], { transA: int(transposesInput ? 1 : 0), transB: int(transposed) }),
      adjoint: (emission, s, weights) =>
        weights.map((w) => {
          const { tape, perTarget } = emission;
          const back = tape.emit("Gemm", [s, w], { transB: int(1 - transposed) });
          if (!transposesInput) return [back];
          const unmerged = perTarget.split(back, [dims[1] ?? 1, dims[0] ?? 1]);
          return [perTarget.merge(tape.emit("Transpose", [unmerged], { perm: ints([0, 2, 1]) }), dims)];
        }),
    };
  },
};

/** x W with a constant on either side, or A B of two signals, as in attention. */
export const MatMul: OperatorEntry = {
  nonNegative: (site, isNonNegative) =>
    site.isSignal(0) && site.isSignal(1) && isNonNegative(0) && isNonNegative(1),
  along({ node, shape }, axis) {
    const [left, right] = [shape(inputOf(node, 0)), shape(inputOf(node, 1))];
    const output = shape(outputOf(node));
    if (left.length < 2 || right.length < 2) return undefined;
    if (axis === output.length - 1) return [undefined, right.length - 1];
    if (axis === output.length - 2) return [left.length - 2, undefined];
    return [alignedAxis(left, output, axis), alignedAxis(right, output, axis)];
  },
  describe(site) {
    const [left = "", right = ""] = site.node.inputs;
    if (site.isSignal(0) && site.isSignal(1)) return productOfSignals(site);
    const signal = site.isSignal(0) ? 0 : 1;
    const dims = site.shape(signal === 0 ? left : right);
    const weight = signal === 0 ? right : left;
    const weightDims = staticSizes(site.shape(weight), site);
    const batched = openAxis(dims) === 0;
    if (
      weightDims.length > dims.length ||
      (weightDims.length === dims.length && batched && weightDims[0] !== 1)
    ) {
      if (weightDims.length > 2)
        return unsupported(
          `multiplies a signal of ${dims.length} dimensions by a weight of ${weightDims.length}`,
        );
    }
    if (sumsOverBatch(dims, signal)) return unsupported("multiplies the batch dimension");
    const plain = weightDims.length === 2 && dims.length >= (signal === 0 ? 2 : 3);
    return {
      kind: "linear",
      role: "dense",
      inputs: [signal],
      weight,
      bias: undefined,
      biasDims: [],
      apply: ({ tape }, [x = ""], w) => tape.emit("MatMul", signal === 0 ? [x, w] : [w, x]),
      adjoint: (emission, s, weights) =>
        weights.map((w) => [
          plain
            ? plainAdjoint(emission.tape, s, w, signal, dims.length)
            : broadcastAdjoint(emission, s, w, signal, site, dims, weightDims),
        ]),
    } satisfies Linear;
  },
};

/** Whether a factor's batch is the axis that a product sums over. */
function sumsOverBatch(dims: readonly Size[], side: 0 | 1): boolean {
  return openAxis(dims) === Math.max(0, dims.length - 1 - side) && openAxis(dims) >= 0;
}

function productOfSignals(site: Site): Bilinear | Unsupported {
  const { node } = site;
  const dims = [site.shape(inputOf(node, 0)), site.shape(inputOf(node, 1))] as const;
  if (sumsOverBatch(dims[0], 0) || sumsOverBatch(dims[1], 1)) {
    return unsupported("multiplies the batch dimension");
  }
  return {
    kind: "bilinear",
    inputs: [0, 1],
    weights: findWeights(site),
    linear: (of) => ({
      kind: "linear",
      role: "attention",
      inputs: [of],
      weight: inputOf(node, of === 0 ? 1 : 0),
      bias: undefined,
      biasDims: [],
      apply: ({ tape }, [x = ""], w) => tape.emit("MatMul", of === 0 ? [x, w] : [w, x]),
      adjoint: (emission, s, weights) =>
        weights.map((w) => [broadcastAdjoint(emission, s, w, of, site, dims[of], dims[of === 0 ? 1 : 0])]),
    }),
  };
}

function plainAdjoint(tape: Tape, s: string, w: string, signal: 0 | 1, rank: number): string {
  if (signal === 0 && rank === 2) return tape.emit("Gemm", [s, w], { transB: int(1) });
  const transposed = tape.emit("Transpose", [w]);
  return tape.emit("MatMul", signal === 0 ? [s, transposed] : [transposed, s]);
}

/**
 * For weights with more dimensions than two, which meet those of the signal as broadcasting has it, and for vectors,
 * which are matrices with one row (left) or one column (right).
 */
function broadcastAdjoint(
  emission: EmitContext,
  s: string,
  w: string,
  signal: 0 | 1,
  site: Site,
  dims: readonly Size[],
  weightDims: readonly Size[],
): string {
  const { tape, perTarget } = emission;
  const asMatrix = (sizes: readonly Size[], side: 0 | 1): readonly Size[] =>
    sizes.length > 1 ? sizes : side === 0 ? [1, ...sizes] : [...sizes, 1];
  const signalDims = asMatrix(dims, signal);
  const matrixDims = asMatrix(weightDims, signal === 0 ? 1 : 0);
  const output = site.shape(outputOf(site.node));
  const batch = output.slice(
    0,
    output.length - [dims, weightDims].filter((sizes) => sizes.length > 1).length,
  );
  const [rows, columns] =
    signal === 0
      ? [signalDims.at(-2) ?? 1, matrixDims.at(-1) ?? 1]
      : [matrixDims.at(-2) ?? 1, signalDims.at(-1) ?? 1];
  const made = [...batch, rows, columns];
  const areMatrices = dims.length > 1 && weightDims.length > 1;
  const matrix = weightDims.length > 1 ? w : tape.emit("Reshape", [w, tape.ints(reshapeSizes(matrixDims))]);
  const last = matrixDims.length;
  const perm = matrixDims.map((_, axis) => (axis < last - 2 ? axis : 2 * last - 3 - axis));
  const transposed = tape.emit("Transpose", [matrix], { perm: ints(perm) });
  const unmerged = perTarget.split(areMatrices ? s : perTarget.reshape(s, made), made);
  const product = tape.emit("MatMul", signal === 0 ? [unmerged, transposed] : [transposed, unmerged]);
  const wide = [...batch, signalDims.at(-2) ?? 1, signalDims.at(-1) ?? 1];
  const summed = sumTo(emission, perTarget.merge(product, wide), wide, signalDims);
  return dims.length > 1 ? summed : perTarget.reshape(summed, dims);
}
