import { describeNode, nodeSubject, type Size, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
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

export function sameSize(a: Size | undefined, b: Size | undefined): boolean {
  if (typeof a === "number" || typeof b === "number" || a === undefined || b === undefined) return a === b;
  return a.times === b.times;
}

/** A negative axis counted from the end. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
