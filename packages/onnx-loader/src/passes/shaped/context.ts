import { int, ints } from "../../attributes.ts";
import type { Tape } from "../../emit.ts";
import type { Node } from "../../model.ts";
import { type Ops, ops } from "../../ops.ts";
import type { Size } from "../../shapes.ts";

/** What a node is split with. */
export interface ShapedContext {
  readonly tape: Tape;
  readonly op: Ops;
  /** Shape of a value; undefined where it is unknown. */
  dims(value: string): readonly Size[] | undefined;
  type(value: string): string | undefined;
  /** The numbers of a constant; undefined for other values. */
  numbers(value: string): readonly number[] | undefined;
}

/** Emits what a node's first output is. @returns undefined for a node that it does not cover */
export type ShapedSplit = (node: Node, context: ShapedContext) => string | undefined;

export function contextOf(
  tape: Tape,
  shapes: Pick<ShapedContext, "dims" | "type" | "numbers">,
): ShapedContext {
  return { tape, op: ops(tape), ...shapes };
}

export function transpose({ tape }: ShapedContext, x: string, perm: readonly number[]): string {
  return tape.emit("Transpose", [x], { perm: ints(perm) });
}

/** Elements `from` to `to` along an axis. */
export function slice({ tape }: ShapedContext, x: string, axis: number, from: number, to: number): string {
  return tape.emit("Slice", [x, tape.ints([from]), tape.ints([to]), tape.ints([axis])]);
}

export function concat({ tape }: ShapedContext, parts: readonly string[], axis: number): string {
  return tape.emit("Concat", parts, { axis: int(axis) });
}
