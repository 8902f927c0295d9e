import { type OperatorEntry, registerOperator } from "@onnx-lrp/core";
import { inputOf, intAttribute, intValue } from "@onnx-lrp/onnx-loader";

/** Running sums: output j is the sum of the inputs up to j, so that every weight is 1, or there is no connection. */
const cumSum: OperatorEntry = {
  nonNegative: "preserved",
  describe({ node, numbers, shape }) {
    const axis = inputOf(node, 1);
    const [along] = numbers(axis) ?? [];
    if (along === undefined) return { kind: "unsupported", reason: "takes its axis from the picture" };
    if (along % shape(inputOf(node, 0)).length === 0)
      return { kind: "unsupported", reason: "sums over the batch" };
    const exclusive = intValue(intAttribute(node, "exclusive", 0));
    const reverse = intAttribute(node, "reverse", 0);
    return {
      kind: "linear",
      role: "other",
      inputs: [0],
      weight: undefined,
      bias: undefined,
      biasDims: [],
      apply: ({ tape }, [x = ""]) =>
        tape.emit("CumSum", [x, axis], { exclusive, reverse: intValue(reverse) }),
      // The transposed map sums from the other end. `s` is per target, [K*N, ...]: the axis stays the same.
      adjoint({ tape }, s, weights) {
        const sums = tape.emit("CumSum", [s, axis], { exclusive, reverse: intValue(1 - reverse) });
        return weights.map(() => [sums]);
      },
    };
  },
};

/** Until `unregister()`, for every network of the process. */
export const unregister = registerOperator("CumSum", cumSum);
