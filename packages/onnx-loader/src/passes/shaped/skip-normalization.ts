/** com.microsoft.SkipLayerNormalization and SkipSimplifiedLayerNormalization: a sum and its normalization. */
import { float, floatAttribute, int } from "../../attributes.ts";
import { inputOf } from "../../node.ts";
import type { ShapedSplit } from "./context.ts";

/** @param op the normalization @param biasAt the input that is a bias of the sum */
const skipped =
  (normalization: string, biasAt: number): ShapedSplit =>
  (node, { tape, op }) => {
    const [x = "", skip = "", scale = "", shift = ""] = node.inputs;
    const bias = inputOf(node, biasAt);
    const sum = op.add(x, skip);
    const whole = bias === "" ? sum : op.add(sum, bias);
    const inputs = [whole, scale, ...(biasAt === 4 && shift !== "" ? [shift] : [])];
    return tape.emit(normalization, inputs, {
      axis: int(-1),
      epsilon: float(floatAttribute(node, "epsilon", 1e-12)),
    });
  };

export const skipLayerNormalization = skipped("LayerNormalization", 4);
export const skipSimplifiedLayerNormalization = skipped("SimplifiedLayerNormalization", 3);
