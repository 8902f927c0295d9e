/** Reductions over axes: which ones, and their adjoint. */
import { inputOf, intAttribute, intsAttribute } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { type EmitContext, type Site, type Unsupported, unsupported } from "./operator.ts";
import { expandSizes, openAxis, positiveAxis, reshapeSizes, staticSize } from "./size.ts";

export interface Reduced {
  /** Counted from the front, ascending. */
  readonly axes: readonly number[];
  /** Shape of the input. */
  readonly dims: readonly Size[];
  /** The same with 1 for each reduced axis. */
  readonly kept: readonly Size[];
  /** How many elements are reduced to one. */
  readonly count: number;
}

/** The axes over which a Reduce node reduces its first input. */
export function reducedAxes(site: Site): Reduced | Unsupported {
  const { node } = site;
  const rank = site.shape(inputOf(node, 0)).length;
  const given = intsAttribute(node, "axes") ?? (node.inputs[1] ? site.numbers(node.inputs[1]) : []);
  if (given === undefined) return unsupported("reduces over axes that are unknown before the run");
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const none = intAttribute(node, "noop_with_empty_axes", 0) === 1 ? [] : all;
  return reducedOver(site, given.length === 0 ? none : given);
}

export function reducedOver(site: Site, given: readonly number[]): Reduced | Unsupported {
  const dims = site.shape(inputOf(site.node, 0));
  const axes = given.map((axis) => positiveAxis(axis, dims.length)).sort((a, b) => a - b);
  if (axes.includes(openAxis(dims))) return unsupported("reduces over the batch");
  const kept = dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const count = axes.reduce((product, axis) => product * staticSize(dims[axis], site, "size"), 1);
  return { axes, dims, kept, count };
}

/** Adjoint of a sum over axes: broadcasts r, in the output's shape with or without its axes of 1, back to the input's. */
export function broadcastBack(
  emission: EmitContext,
  s: string,
  site: Site,
  { axes, dims, kept }: Reduced,
): string {
  const { tape, perTarget } = emission;
  const reshaped = perTarget.reshape(s, kept);
  const sizes = expandSizes(dims.slice(1));
  const [first = 1] = dims;
  if (axes[0] !== 0 || first === 1) return tape.emit("Expand", [reshaped, tape.ints([1, ...sizes])]);
  const wide = tape.emit("Expand", [
    perTarget.split(reshaped, kept),
    tape.ints([1, staticSize(first, site, "size"), ...sizes]),
  ]);
  return perTarget.merge(wide, dims);
}

/** A per-image value of the output's shape with its axes of 1. */
export function keptAxes({ tape }: EmitContext, value: string, { kept }: Reduced): string {
  return tape.emit("Reshape", [value, tape.ints(reshapeSizes(kept))]);
}
