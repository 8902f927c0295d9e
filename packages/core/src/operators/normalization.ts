/**
 * Normalizations that are not folded into a linear layer: relevance passes unchanged. Only batch normalization, whose
 * statistics are constants, has a derivative here.
 */
import { floatAttribute, intAttribute } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, refuse } from "./operator.ts";
import { staticSize } from "./size.ts";

export const BatchNormalization: OperatorEntry = {
  describe(site) {
    const { node } = site;
    if ([1, 2, 3, 4].some((index) => site.isSignal(index)))
      return refuse("takes its statistics from the picture");
    if (intAttribute(node, "training_mode", 0) !== 0)
      return refuse("takes the batch's own statistics (training mode)");
    const [, gamma = "", , , variance = ""] = node.inputs;
    return {
      kind: "pass",
      input: 0,
      derivative: ({ tape }) => {
        const dims = site.shape(node.outputs[0] ?? "");
        const sizes = [staticSize(dims[1], site, "channel count"), ...dims.slice(2).map(() => 1)];
        const deviation = tape.emit("Sqrt", [
          tape.emit("Add", [variance, tape.floats([floatAttribute(node, "epsilon", 1e-5)])]),
        ]);
        const slope = tape.emit("Div", [gamma, deviation]);
        return { value: tape.emit("Reshape", [slope, tape.ints(sizes)]), dims: sizes };
      },
    };
  },
};

const passed: OperatorEntry = { describe: () => ({ kind: "pass", input: 0, derivative: undefined }) };

export const LRN: OperatorEntry = { ...passed, sign: "kept" };
export const InstanceNormalization = passed;
export const LayerNormalization = passed;
