import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { describeNode, nodeSubject, type Size } from "@onnx-lrp/onnx-loader/internal";
import type { Site } from "./operator.ts";

/** A size that does not depend on the batch. */
export function staticSize(size: Size | undefined, site: Site, what: string): number {
  if (typeof size === "number") return size;
  throw new UserError(
    "unsupported",
    `The ${what} of ${describeNode(site.node)} depends on the batch size, which onnx-lrp can follow only in the first ` +
      "dimension.",
    {
      subject: nodeSubject(site.node),
      remedies: [textRemedy("export the network with a fixed batch size of 1")],
    },
  );
}

/** The sizes of a shape from `from` on, none of which may depend on the batch. */
export function staticSizes(dims: readonly Size[], site: Site, from = 0): number[] {
  return dims.slice(from).map((size) => staticSize(size, site, "shape"));
}

/** The axis whose size depends on the batch; -1 where none does. Of one value there is at most one (build.ts). */
export function openAxis(dims: readonly Size[]): number {
  return dims.findIndex((size) => typeof size !== "number");
}

/** A per-image shape as Reshape takes it, with -1 for the size that depends on the batch. */
export function reshapeSizes(dims: readonly Size[]): number[] {
  return dims.map((size) => (typeof size === "number" ? size : -1));
}

/** A shape to expand to, which leaves the size that depends on the batch as it is. */
export function expandSizes(dims: readonly Size[]): number[] {
  return dims.map((size) => (typeof size === "number" ? size : 1));
}

/** The number of elements. */
export function sizeProduct(dims: readonly Size[]): Size {
  const times = dims.reduce<number>((all, size) => all * (typeof size === "number" ? size : size.times), 1);
  return openAxis(dims) < 0 ? times : { times };
}

export function sameSize(a: Size | undefined, b: Size | undefined): boolean {
  if (typeof a === "number" || typeof b === "number" || a === undefined || b === undefined) return a === b;
  return a.times === b.times;
}

export function sameDims(a: readonly Size[], b: readonly Size[]): boolean {
  return a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]));
}

/** A negative axis counted from the end. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** A size without the batch: how many times the batch it is, where it depends on that. */
export function timesOf(size: Size | undefined): number {
  return typeof size === "object" ? size.times : (size ?? 1);
}
