/** The largest value over space hands its relevance to the winner, the first of equals. */
import { int, intsAttribute } from "@onnx-lrp/onnx-loader";
import { type Behaviour, type OperatorEntry, type Refusal, refuse, type Site } from "./operator.ts";
import { positiveAxis, staticSizes } from "./size.ts";

export const GlobalMaxPool: OperatorEntry = { sign: "kept", describe: (site) => toTheWinner(site, 2) };

export const ReduceMax: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const rank = site.shape(site.node.inputs[0] ?? "").length;
    const given = intsAttribute(site.node, "axes") ?? site.numbers(site.node.inputs[1] ?? "");
    if (given === undefined)
      return refuse("takes the maximum over the batch, or over axes that are not known");
    const axes = given.map((axis) => positiveAxis(axis, rank)).sort((a, b) => a - b);
    const [first = 0] = axes;
    const last = axes.every((axis, i) => axis === first + i) && first + axes.length === rank;
    if (!last || first === 0) return refuse("takes the maximum over other axes than the last ones");
    return toTheWinner(site, first);
  },
};

/** @param first the first of the axes over which the maximum is taken, all up to the last */
function toTheWinner(site: Site, first: number): Behaviour | Refusal {
  const [input = ""] = site.node.inputs;
  const dims = site.shape(input);
  const sizes = staticSizes(dims, site, 1);
  const kept = sizes.slice(0, first - 1);
  const count = sizes.slice(first - 1).reduce((a, b) => a * b, 1);
  return {
    kind: "route",
    name: "winner",
    inputs: [0],
    adjoint({ tape, targets }, r) {
      const rows = tape.emit("Reshape", [input, tape.ints([-1, ...kept, count])]);
      const winner = tape.emit("ArgMax", [rows], { axis: int(-1), keepdims: int(1) });
      const places = tape.ints(Array.from({ length: count }, (_, i) => i));
      const chosen = tape.emit("Where", [
        tape.emit("Equal", [winner, places]),
        tape.floats([1]),
        tape.floats([0]),
      ]);
      const [batch = 1] = dims;
      const column = targets.split(tape.emit("Reshape", [r, tape.ints([-1, ...kept, 1])]), [
        batch,
        ...kept,
        1,
      ]);
      return [targets.reshape(tape.emit("Mul", [column, chosen]), dims)];
    },
  };
}
