import { floatAttribute, int, intAttribute } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, refuse } from "./operator.ts";
import { staticSizes } from "./size.ts";

/** y = alpha A B + beta C with A the signal. alpha is a part of the weight, beta of the bias. */
export const Gemm: OperatorEntry = {
  describe(site) {
    const { node } = site;
    if (site.isSignal(1) || site.isSignal(2))
      return refuse("takes its weights from the picture, not from the file");
    if (intAttribute(node, "transA", 0) === 1) return refuse("transposes its signal (transA = 1)");
    const [weight = "", bias = ""] = node.inputs.slice(1);
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
      apply: ({ tape }, [x = ""], w) => tape.emit("Gemm", [x, w], { transB: int(transposed) }),
      adjoint: ({ tape }, s, weights) =>
        weights.map((w) => [tape.emit("Gemm", [s, w], { transB: int(1 - transposed) })]),
    };
  },
};

/** x W with a constant on either side. */
export const MatMul: OperatorEntry = {
  describe(site) {
    const { node } = site;
    const [left = "", right = ""] = node.inputs;
    if (site.isSignal(0) && site.isSignal(1)) {
      return refuse("multiplies two values that both come from the picture (attention, as in transformers)");
    }
    const signal = site.isSignal(0) ? 0 : 1;
    const rank = site.shape(signal === 0 ? left : right).length;
    const weight = signal === 0 ? right : left;
    const weightRank = site.shape(weight).length;
    if (weightRank !== 2 || rank < 2 || (signal === 1 && rank < 3)) {
      return refuse(`multiplies by a weight with ${weightRank} dimensions a signal with ${rank}`);
    }
    return {
      kind: "linear",
      role: "dense",
      inputs: [signal],
      weight,
      bias: undefined,
      biasDims: [],
      apply: ({ tape }, [x = ""], w) => tape.emit("MatMul", signal === 0 ? [x, w] : [w, x]),
      adjoint: ({ tape }, s, weights) =>
        weights.map((w) => {
          if (signal === 0 && rank === 2) return [tape.emit("Gemm", [s, w], { transB: int(1) })];
          const turned = tape.emit("Transpose", [w]);
          return [tape.emit("MatMul", signal === 0 ? [s, turned] : [turned, s])];
        }),
    };
  },
};
