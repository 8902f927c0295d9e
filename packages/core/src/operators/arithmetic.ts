/** Add, Sub, Mul, Div: with a constant they pass relevance unchanged; of two signals Add is linear, Mul a gate. */
import { findGate } from "./gate.ts";
import {
  type Behaviour,
  type Emission,
  type OperatorEntry,
  type Refusal,
  refuse,
  type Site,
} from "./operator.ts";
import { sumOfSignals } from "./sum.ts";

function both(site: Site): boolean {
  return site.isSignal(0) && site.isSignal(1);
}

/** The index of the only signal. */
function only(site: Site): 0 | 1 {
  return site.isSignal(0) ? 0 : 1;
}

function pass(site: Site, derivative: (emission: Emission, constant: string) => string | "one"): Behaviour {
  const input = only(site);
  const constant = site.node.inputs[1 - input] ?? "";
  return {
    kind: "pass",
    input,
    derivative: (emission) => {
      const value = derivative(emission, constant);
      if (value === "one") return { value: emission.tape.floats([1]), dims: [] };
      return { value, dims: site.shape(constant) };
    },
  };
}

const nonNegativeConstant = (site: Site) => {
  const values = site.numbers(site.node.inputs[1 - only(site)] ?? "");
  return values?.every((value) => value >= 0) ?? false;
};

export const Add: OperatorEntry = {
  sign: (site, kept) => (both(site) ? kept(0) && kept(1) : kept(only(site)) && nonNegativeConstant(site)),
  describe: (site) =>
    both(site) ? sumOfSignals(site) : { kind: "pass", input: only(site), derivative: "one" },
};

export const Sub: OperatorEntry = {
  describe(site): Behaviour | Refusal {
    if (both(site)) return refuse("takes the difference of two signals");
    if (site.isSignal(0)) return { kind: "pass", input: 0, derivative: "one" };
    return {
      kind: "pass",
      input: 1,
      derivative: ({ tape }) => ({ value: tape.floats([-1]), dims: [] }),
    };
  },
};

export const Mul: OperatorEntry = {
  sign: (site, kept) => (both(site) ? kept(0) && kept(1) : kept(only(site)) && nonNegativeConstant(site)),
  describe(site) {
    if (!both(site)) return pass(site, (_, constant) => constant);
    return { kind: "product", inputs: [0, 1], signal: findGate(site) };
  },
};

export const Div: OperatorEntry = {
  sign: (site, kept) => !both(site) && site.isSignal(0) && kept(0) && nonNegativeConstant(site),
  describe(site) {
    if (site.isSignal(1)) return refuse("divides by a value that comes from the picture");
    return pass(site, ({ tape }, constant) => tape.emit("Reciprocal", [constant]));
  },
};
