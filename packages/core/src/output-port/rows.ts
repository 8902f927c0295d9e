/**
 * Rows of a value, and the logits that a Sigmoid makes them of. Detectors join boxes, scores and more along one axis, and the
 * levels of a pyramid along another, in any order, after the Sigmoid.
 */
import {
  inputOf,
  intAttribute,
  intsAttribute,
  intsValue,
  intValue,
  type Node,
  type Tape,
} from "@onnx-lrp/onnx-loader";
import type { ConstantReader, Shapes } from "@onnx-lrp/onnx-loader/internal";
import { has, isOp } from "../operators/traits.ts";

export interface RowView {
  readonly producers: ReadonlyMap<string, Node>;
  readonly shapes: Shapes;
  readonly numbers: ConstantReader;
  readonly tape: Tape;
}

/** Rows `from` up to `to` along an axis of a value. */
export interface Rows {
  readonly value: string;
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/** The Sigmoid that makes a row, with nothing behind it but moving; undefined if there is none. */
export function sigmoidOf(value: string, axis: number, row: number, view: RowView): Node | undefined {
  const node = view.producers.get(value);
  if (node === undefined) return undefined;
  if (isOp(node, "Sigmoid")) return node;
  const [before, ...more] = stepBack(node, { value, axis, from: row, to: row + 1 }, view) ?? [];
  if (before === undefined || more.length > 0) {
    // Levels of a pyramid are alike.
    const [level] = levelsOf(node, { value, axis, from: row, to: row + 1 }, view) ?? [];
    return level && sigmoidOf(level.value, level.axis, row, view);
  }
  return sigmoidOf(before.value, before.axis, before.from, view);
}

/** What makes a row, with nothing behind it but moving. */
export function makerOf(value: string, axis: number, row: number, view: RowView): Node | undefined {
  const node = view.producers.get(value);
  if (node === undefined) return undefined;
  const rows = { value, axis, from: row, to: row + 1 };
  const [before] = levelsOf(node, rows, view) ?? stepBack(node, rows, view) ?? [];
  return before === undefined ? node : makerOf(before.value, before.axis, before.from, view);
}

/**
 * @returns the value with the logits of these rows, and all other axes as they are; undefined unless a Sigmoid makes all of them
 */
export function beforeSigmoid(rows: Rows, view: RowView): string | undefined {
  const { producers, tape } = view;
  const node = producers.get(rows.value);
  if (node === undefined) return undefined;
  if (isOp(node, "Sigmoid")) return slice({ ...rows, value: inputOf(node, 0) }, view);
  const levels = levelsOf(node, rows, view);
  const parts = levels ?? stepBack(node, rows, view);
  if (parts === undefined) return undefined;
  const logits = parts.map((part) => beforeSigmoid(part, view));
  if (!logits.every((value) => value !== undefined)) return undefined;
  const [only = ""] = logits;
  const count = rows.to - rows.from;
  if (isOp(node, "Concat")) {
    if (logits.length === 1) return only;
    const axis = levels === undefined ? rows.axis : concatAxis(node, rows.value, view);
    return tape.emit("Concat", logits, { axis: intValue(axis) });
  }
  if (isOp(node, "Transpose")) {
    return tape.emit("Transpose", [only], { perm: intsValue(permutation(node, rankOf(rows.value, view))) });
  }
  if (has(node, "reshapes")) {
    return tape.emit("Reshape", [only, tape.ints(rows.axis === 1 ? [0, count, -1] : [0, -1, count])]);
  }
  return only;
}

/** Rows as a value of their own. */
export function slice({ value, axis, from, to }: Rows, { shapes, tape }: RowView): string {
  if (from === 0 && shapes.get(value)?.dims[axis] === to) return value;
  return tape.emit("Slice", [value, tape.ints([from]), tape.ints([to]), tape.ints([axis])]);
}

function rankOf(value: string, { shapes }: RowView): number {
  return shapes.get(value)?.dims.length ?? 0;
}

function sizeOf(value: string, axis: number, { shapes }: RowView): number {
  const size = shapes.get(value)?.dims[axis];
  return typeof size === "number" ? size : Number.NaN;
}

function concatAxis(node: Node, value: string, view: RowView): number {
  return positive(intAttribute(node, "axis", 0), rankOf(value, view));
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function permutation(node: Node, rank: number): number[] {
  return intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

/** The inputs of a Concat along another axis: all have these rows. */
function levelsOf(node: Node, { value, axis, from, to }: Rows, view: RowView): Rows[] | undefined {
  if (!isOp(node, "Concat") || concatAxis(node, value, view) === axis) return undefined;
  return node.inputs.map((input) => ({ value: input, axis, from, to }));
}

/** The same rows in what a node is made of; undefined where they are not simply moved. */
function stepBack(node: Node, { value, axis, from, to }: Rows, view: RowView): Rows[] | undefined {
  const input = inputOf(node, 0);
  if (has(node, "changesNothing")) return [{ value: input, axis, from, to }];
  if (isOp(node, "Concat")) {
    if (concatAxis(node, value, view) !== axis) return undefined;
    return partsOf(node.inputs, { value, axis, from, to }, view);
  }
  if (isOp(node, "Split")) {
    if (positive(intAttribute(node, "axis", 0), rankOf(input, view)) !== axis) return undefined;
    const earlier = node.outputs.slice(0, node.outputs.indexOf(value));
    const offset = earlier.reduce((sum, name) => sum + sizeOf(name, axis, view), 0);
    return Number.isFinite(offset)
      ? [{ value: input, axis, from: from + offset, to: to + offset }]
      : undefined;
  }
  if (isOp(node, "Slice")) {
    const [start, sliced, step] = [1, 3, 4].map((i) => view.numbers(inputOf(node, i)));
    const rank = rankOf(input, view);
    const ofAxis = sliced === undefined ? start?.length === 1 && axis === 0 : sliced.length === 1;
    const at = positive(sliced?.[0] ?? 0, rank);
    const [first] = start ?? [];
    if (!ofAxis || at !== axis || first === undefined || (step?.[0] ?? 1) !== 1) return undefined;
    const offset = first < 0 ? first + sizeOf(input, axis, view) : first;
    return [{ value: input, axis, from: from + offset, to: to + offset }];
  }
  if (isOp(node, "Transpose")) {
    const before = permutation(node, rankOf(value, view))[axis];
    return before === undefined ? undefined : [{ value: input, axis: before, from, to }];
  }
  if (has(node, "reshapes")) {
    const [before, after] = [rankOf(input, view), rankOf(value, view)];
    const size = sizeOf(value, axis, view);
    if (after !== 3 || !(size > 0)) return undefined;
    if (axis === 2 && sizeOf(input, before - 1, view) === size)
      return [{ value: input, axis: before - 1, from, to }];
    if (axis === 1 && sizeOf(input, 1, view) === size) return [{ value: input, axis: 1, from, to }];
  }
  return undefined;
}

/** The inputs of a Concat that hold the rows, each with its part of them. */
function partsOf(inputs: readonly string[], { axis, from, to }: Rows, view: RowView): Rows[] | undefined {
  const parts: Rows[] = [];
  let offset = 0;
  for (const value of inputs) {
    const size = sizeOf(value, axis, view);
    if (Number.isNaN(size)) return undefined;
    const [first, end] = [Math.max(from - offset, 0), Math.min(to - offset, size)];
    if (first < end) parts.push({ value, axis, from: first, to: end });
    offset += size;
  }
  return parts;
}
