/**
 * The largest or smallest of several signals, element by element: relevance goes to the winner; ties go to the first.
 * Of one signal and constants it is a Clip: relevance passes unchanged.
 */
import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import { sumTo } from "./broadcast.ts";
import { type Behaviour, type OperatorEntry, type Site, type Unsupported, unsupported } from "./operator.ts";

export const Max: OperatorEntry = {
  nonNegative: (site, isNonNegative) =>
    site.node.inputs.some((_, index) =>
      site.isSignal(index) ? isNonNegative(index) : nonNegative(site, index),
    ),
  describe: (site) => extreme(site, "Greater"),
};

export const Min: OperatorEntry = {
  nonNegative: (site, isNonNegative) =>
    site.node.inputs.every((_, index) =>
      site.isSignal(index) ? isNonNegative(index) : nonNegative(site, index),
    ),
  describe: (site) => extreme(site, "Less"),
};

function nonNegative(site: Site, index: number): boolean {
  return site.numbers(inputOf(site.node, index))?.every((value) => value >= 0) ?? false;
}

function extreme(site: Site, wins: "Greater" | "Less"): Behaviour | Unsupported {
  const { node } = site;
  const signals = node.inputs.flatMap((_, index) => (site.isSignal(index) ? [index] : []));
  const constants = node.inputs.filter((_, index) => !site.isSignal(index));
  if (signals.length > 1) {
    return constants.length === 0
      ? winner(site)
      : unsupported("compares several signals and a constant in one node", "write it as two nodes");
  }
  const [input = 0] = signals;
  const x = inputOf(node, input);
  const dims = site.shape(outputOf(node));
  return {
    kind: "pass",
    input,
    derivative({ tape }) {
      const better = constants.map((constant) => tape.emit(wins, [x, constant]));
      const [first] = better;
      if (first === undefined) return { value: tape.scalar(1), dims: [] };
      const all = better.slice(1).reduce((both, next) => tape.emit("And", [both, next]), first);
      return { value: tape.emit("Where", [all, tape.scalar(1), tape.scalar(0)]), dims };
    },
  };
}

function winner({ node, shape }: Site): Behaviour {
  const output = outputOf(node);
  const dims = shape(output);
  return {
    kind: "route",
    name: "winner",
    inputs: node.inputs.map((_, index) => index),
    adjoint(emission, r) {
      const { tape, perTarget } = emission;
      /** Where no earlier input has won. */
      let open: string | undefined;
      return node.inputs.map((input) => {
        const largest = tape.emit("Equal", [input, output]);
        const wins = open === undefined ? largest : tape.emit("And", [largest, open]);
        const others = tape.emit("Not", [largest]);
        open = open === undefined ? others : tape.emit("And", [open, others]);
        const chosen = tape.emit("Where", [wins, tape.scalar(1), tape.scalar(0)]);
        return sumTo(emission, perTarget.mul(r, chosen, dims, dims), dims, shape(input));
      });
    },
  };
}
