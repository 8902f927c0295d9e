/** MeanVarianceNormalization: (x - mean) / (deviation + 1e-9) over some axes, those of batch and places by default. */
import { intsAttribute } from "../../attributes.ts";
import { inputOf } from "../../node.ts";
import type { ShapedSplit } from "./context.ts";

export const meanVarianceNormalization: ShapedSplit = (node, { op, dims }) => {
  const x = inputOf(node, 0);
  const axes = intsAttribute(node, "axes") ?? [0, 2, 3];
  const sizes = dims(x);
  const counts = axes.map((axis) => sizes?.at(axis));
  if (!counts.every((size) => typeof size === "number")) return undefined;
  const count = counts.reduce<number>((all, size) => all * Number(size), 1);
  const mean = (value: string) => op.mul(op.sum(value, axes), 1 / count);
  const centred = op.sub(x, mean(x));
  const deviation = op.sqrt(mean(op.mul(centred, centred)));
  return op.div(centred, op.add(deviation, 1e-9));
};
