/** The k largest elements along an axis: relevance goes to where each came from. */
import { inputOf, intValue as int, intAttribute, outputOf } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, unsupported } from "./operator.ts";
import { openAxis, positiveAxis } from "./size.ts";

export const TopK: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const { node } = site;
    const dims = site.shape(inputOf(node, 0));
    const picked = site.shape(outputOf(node));
    const axis = positiveAxis(intAttribute(node, "axis", -1), dims.length);
    if (axis === openAxis(dims)) return unsupported("chooses among the batch");
    return {
      kind: "route",
      name: "winner",
      inputs: [0],
      adjoint(emission, _, [r]) {
        const { tape, perTarget } = emission;
        if (r === undefined) throw new Error("the places of TopK have no relevance");
        const given = perTarget.split(r, picked);
        const places = tape.emit("Expand", [emission.forwardOutput(node, 1), tape.emit("Shape", [given])]);
        const sizes = tape.emit("Concat", [perTarget.count(), tape.emit("Shape", [inputOf(node, 0)])], {
          axis: int(0),
        });
        const zeros = tape.emit("Expand", [tape.scalar(0), sizes]);
        const all = tape.emit("ScatterElements", [zeros, places, given], { axis: int(axis + 1) });
        return [perTarget.merge(all, dims)];
      },
    };
  },
};
