/** How entries for elementwise functions are written: by their derivative. */
import { floatAttribute, inputOf, type Ops, ops, outputOf, type Tape } from "@onnx-lrp/onnx-loader";
import type { OperatorEntry, Pass, Site } from "./operator.ts";

export interface Activation {
  readonly tape: Tape;
  readonly op: Ops;
  readonly site: Site;
  readonly x: string;
  readonly y: string;
}

type Derivative = (activation: Activation) => string;

/** An entry that is a `pass` at every node. */
export interface PassEntry extends OperatorEntry {
  describe(site: Site): Pass;
}

/** A function that no network has as an activation by itself, but that activations are written with. */
export function gradientOnly(derivative: Derivative, sign?: OperatorEntry["nonNegative"]): OperatorEntry {
  const entry = activation(derivative, sign);
  return { ...entry, describe: (site) => ({ ...entry.describe(site), gradientOnly: true }) };
}

export function activation(derivative: Derivative, sign?: OperatorEntry["nonNegative"]): PassEntry {
  return {
    ...(sign === undefined ? {} : { nonNegative: sign }),
    describe(site) {
      const [x, y] = [inputOf(site.node, 0), outputOf(site.node)];
      return {
        kind: "pass",
        input: 0,
        derivative: ({ tape }) => ({
          value: derivative({ tape, op: ops(tape), site, x, y }),
          dims: site.shape(y),
        }),
      };
    },
  };
}

/** What jumps from one constant to another: its derivative is 0. */
export const piecewiseConstant = (sign?: OperatorEntry["nonNegative"]): OperatorEntry => ({
  ...(sign === undefined ? {} : { nonNegative: sign }),
  describe: (site) => ({
    kind: "pass",
    input: site.node.inputs.findIndex((_, index) => site.isSignal(index)),
    gradientOnly: true,
    derivative: ({ tape }) => ({ value: tape.scalar(0), dims: [] }),
  }),
});

/** 1 where a boolean tensor is true, else 0. */
export function indicator(tape: Tape, condition: string): string {
  return ops(tape).where(condition, 1, 0);
}

export const attribute = ({ site }: Activation, name: string, otherwise: number) =>
  floatAttribute(site.node, name, otherwise);
