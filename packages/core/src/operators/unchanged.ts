/** Operations whose output is their input: relevance and gradients pass through. */
import { inputOf } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, unsupported } from "./operator.ts";

const unchanged: OperatorEntry = {
  nonNegative: "preserved",
  describe: () => ({ kind: "pass", input: 0, derivative: "one" }),
};

export const Identity = unchanged;
export const Dropout: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) =>
    (site.numbers(inputOf(site.node, 2))?.[0] ?? 0) === 0
      ? unchanged.describe(site)
      : unsupported("drops elements at random (training mode)"),
};
export const Cast = unchanged;
