/** The largest of several signals, element by element: relevance goes to the winner, the first of equals. */
import { type OperatorEntry, refuse } from "./operator.ts";

export const Max: OperatorEntry = {
  sign: (site, kept) => site.node.inputs.some((_, index) => site.isSignal(index) && kept(index)),
  describe(site) {
    const { node } = site;
    if (!node.inputs.every((_, index) => site.isSignal(index))) {
      return refuse("takes the larger of a signal and a constant");
    }
    const [output = ""] = node.outputs;
    const dims = site.shape(output);
    return {
      kind: "route",
      name: "winner",
      inputs: node.inputs.map((_, index) => index),
      adjoint({ tape, targets }, r) {
        let earlier: string | undefined;
        return node.inputs.map((input) => {
          const largest = tape.emit("Equal", [input, output]);
          const wins =
            earlier === undefined ? largest : tape.emit("And", [largest, tape.emit("Not", [earlier])]);
          earlier = earlier === undefined ? largest : tape.emit("Or", [earlier, largest]);
          const chosen = tape.emit("Where", [wins, tape.floats([1]), tape.floats([0])]);
          return targets.unbroadcast(targets.times(r, chosen, dims, dims), dims, site.shape(input));
        });
      },
    };
  },
};
