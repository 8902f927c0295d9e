/** Operations whose output is their input: relevance and gradients pass through. */
import type { OperatorEntry } from "./operator.ts";

const unchanged: OperatorEntry = {
  sign: "kept",
  describe: () => ({ kind: "pass", input: 0, derivative: "one" }),
};

export const Identity = unchanged;
export const Dropout = unchanged;
export const Cast = unchanged;
