/** Integers and truth values between the input and the scores. */
import type { Graph } from "@onnx-lrp/onnx-loader";
import { isFloat, type Shapes } from "@onnx-lrp/onnx-loader/internal";
import type { RelevanceNode } from "./node.ts";

export interface DiscreteValues {
  /** Whether a value is known to hold something else than floats. */
  has(value: string): boolean;
  /**
   * Whether it is besides computed of floats: as a function of them it jumps from one number to another, and its derivative is
   * 0. Integers that a network takes as its input, or moves and adds before it has floats, are no steps.
   */
  isStep(value: string): boolean;
}

/** @param dependent values that depend on `source` */
export function discreteValues(
  { nodes }: Graph,
  shapes: Shapes,
  dependent: ReadonlySet<string>,
  source: string,
): DiscreteValues {
  const typeOf = (value: string) => shapes.get(value)?.type;
  const has = (value: string) => {
    const type = typeOf(value);
    return type !== undefined && !isFloat(type);
  };
  const steps = new Set<string>();
  for (const { inputs, outputs } of nodes) {
    const signals = inputs.filter((input) => dependent.has(input));
    if (signals.length === 0) continue;
    const jumps = signals.some((input) => steps.has(input) || !has(input));
    for (const output of outputs) {
      if (output !== source && has(output) && (jumps || typeOf(output) === "bool")) steps.add(output);
    }
  }
  return { has, isStep: (value) => steps.has(value) };
}

/** Whether propagating through a node takes arithmetic on its own values, which are floats as all that is emitted. */
export function computesWithValues({ behaviour, rule, propagation, unknown }: RelevanceNode): boolean {
  if (unknown !== undefined) return false;
  if (propagation === "rules") return rule !== undefined && rule.kind !== "pass";
  switch (behaviour.kind) {
    case "pass":
      return behaviour.derivative !== "one";
    case "linear":
      return behaviour.weight !== undefined || behaviour.inner !== undefined;
    case "route":
      return false;
    default:
      return true;
  }
}
