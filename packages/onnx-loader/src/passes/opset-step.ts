import type { DataType } from "../data-type.ts";
import type { Tape } from "../emit.ts";
import type { Node } from "../model.ts";

/** What a step may use: the tape takes nodes that come before the changed one. */
export interface StepContext {
  readonly tape: Tape;
  /** The element type of a value, where the file tells it. */
  typeOf(value: string): DataType | undefined;
  /** The numbers of a value that is an initializer or an attribute of a Constant node. */
  numbers(value: string): readonly number[] | undefined;
}

export interface OpsetStep {
  readonly op: string;
  /** The opset with which the operator changed. */
  readonly since: number;
  apply(node: Node, context: StepContext): Node;
}
