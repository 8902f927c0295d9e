/** The largest or smallest value over axes gives its relevance to the winner; ties go to the first. */
import { inputOf, intsValue as ints, ops, outputOf } from "@onnx-lrp/onnx-loader";
import { type Reduced, reducedAxes, reducedOver } from "./axes.ts";
import type { Behaviour, OperatorEntry, Site, Unsupported } from "./operator.ts";
import { reshapeSizes } from "./size.ts";

export const GlobalMaxPool: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const space = site.shape(inputOf(site.node, 0)).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    return toTheWinner(site, reducedOver(site, space));
  },
};

export const ReduceMax: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) => toTheWinner(site, reducedAxes(site)),
};

export const ReduceMin: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) => toTheWinner(site, reducedAxes(site)),
};

function toTheWinner(site: Site, reduced: Reduced | Unsupported): Behaviour | Unsupported {
  if ("reason" in reduced) return reduced;
  const { axes, dims, kept, count } = reduced;
  const input = inputOf(site.node, 0);
  const others = dims.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  // The reduced axes last, as one.
  const perm = [...others, ...axes];
  const back = dims.map((_, axis) => perm.indexOf(axis));
  const turns = perm.some((axis, i) => axis !== i);
  return {
    kind: "route",
    name: "winner",
    inputs: [0],
    adjoint({ tape, perTarget }, r) {
      const last = turns ? tape.emit("Transpose", [input], { perm: ints(perm) }) : input;
      const rows = tape.emit("Reshape", [last, tape.ints([-1, count])]);
      const op = ops(tape);
      const wins = op.equal(rows, tape.emit("Reshape", [outputOf(site.node), tape.ints([-1, 1])]));
      // The first of those that are equal has the highest number.
      const numbers = tape.floats(Array.from({ length: count }, (_, i) => count - i));
      const numbered = op.where(wins, numbers, 0);
      const [first = ""] = tape.emitMany("TopK", [numbered, tape.ints([1])], 2);
      const chosen = op.where(op.equal(numbered, first), 1, 0);
      const transposed = perm.map((axis) => dims[axis] ?? 1);
      const reshaped = tape.emit("Reshape", [chosen, tape.ints(reshapeSizes(transposed))]);
      const mask = turns ? tape.emit("Transpose", [reshaped], { perm: ints(back) }) : reshaped;
      const given = perTarget.split(perTarget.reshape(r, kept), kept);
      return [perTarget.merge(tape.emit("Mul", [given, mask]), dims)];
    },
  };
}
