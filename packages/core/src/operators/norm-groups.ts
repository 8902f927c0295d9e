/**
 * The adjoint of normalizing runs of elements. Of y = scale x_hat + shift with c = x - mean, x_hat = c / d and g = scale r:
 *
 *     dc = (g - x_hat mean(g x_hat)) / d,  dx = dc - mean(dc)
 *
 * or dx = dc where no mean is taken off (RMS). DeepLIFT's multipliers are those of the product c s of the centred input and
 * s = 1/d, which is the rescale rule at the variance v = mean(c^2), and that at the squares:
 *
 *     m_c = g (s + s0) / 2 + m_s (D s / D v) (c + c0) / n,  m_s = sum g (c + c0) / 2,  D s / D v = -(s s0)^2 / (s + s0)
 */
import { inputOf, type Ops, ops } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext, OnBaseline, Site } from "./operator.ts";
import { sizeProduct } from "./size.ts";

export interface NormGroups {
  /** The number of consecutive elements that share their statistics. */
  readonly groupSize: number;
  readonly epsilon: number;
  readonly centred: boolean;
  /** The scale in a shape that broadcasts to the input's, and that shape; undefined if there is none. */
  readonly scale?: (emission: EmitContext) => { value: string; dims: readonly Size[] };
  /** Shape with which the shift, input 2, is added to the output; undefined where it is not one number per element of it. */
  shiftDims(): readonly number[] | undefined;
}

/** Runs of elements, as rows: how far each is from their mean, and 1 over their deviation. */
interface Rows {
  readonly centre: string;
  readonly inverse: string;
}

function rowsOf({ tape }: EmitContext, x: string, { groupSize, epsilon, centred }: NormGroups): Rows {
  const op = ops(tape);
  const rows = op.reshape(x, [-1, groupSize]);
  const centre = centred ? op.sub(rows, mean(op, rows, 1, groupSize)) : rows;
  const variance = mean(op, op.mul(centre, centre), 1, groupSize);
  return { centre, inverse: op.reciprocal(op.sqrt(op.add(variance, epsilon))) };
}

const mean = (op: Ops, value: string, axis: number, count: number) =>
  op.mul(op.sum(value, [axis]), 1 / count);

/** @param change is given g as [K, rows, groupSize], and gives the same of x, before the mean is taken off */
function byRows(
  emission: EmitContext,
  site: Site,
  r: string,
  { groupSize, centred, scale }: NormGroups,
  change: (op: Ops, g: string) => string,
): string {
  const { tape, perTarget } = emission;
  const op = ops(tape);
  const dims = site.shape(inputOf(site.node, 0));
  const count = sizeProduct(dims);
  const lines: Size = typeof count === "number" ? count / groupSize : { times: count.times / groupSize };
  const factor = scale?.(emission);
  const scaled = factor === undefined ? r : perTarget.mul(r, factor.value, dims, factor.dims);
  const flat: readonly Size[] = [lines, groupSize];
  const changed = change(op, perTarget.split(perTarget.reshape(scaled, flat), flat));
  const whole = centred ? op.sub(changed, mean(op, changed, 2, groupSize)) : changed;
  return perTarget.reshape(perTarget.merge(whole, flat), dims);
}

/** @param deviation whether it is a function of the input, or a constant */
export function normAdjoint(
  emission: EmitContext,
  site: Site,
  r: string,
  groups: NormGroups,
  deviation: "function" | "constant" = "function",
): string {
  const { centre, inverse } = rowsOf(emission, inputOf(site.node, 0), groups);
  return byRows(emission, site, r, groups, (op, g) => {
    if (deviation === "constant") return op.mul(g, inverse);
    const normal = op.mul(centre, inverse);
    const along = op.mul(normal, mean(op, op.mul(g, normal), 2, groups.groupSize));
    return op.mul(op.sub(g, along), inverse);
  });
}

/** DeepLIFT's multipliers. */
export function normRescaled(
  emission: EmitContext,
  site: Site,
  r: string,
  groups: NormGroups,
  baseline: OnBaseline,
): string {
  const x = inputOf(site.node, 0);
  const [now, then] = [rowsOf(emission, x, groups), rowsOf(emission, baseline(x), groups)];
  return byRows(emission, site, r, groups, (op, g) => {
    const centre = op.add(now.centre, then.centre);
    const inverse = op.add(now.inverse, then.inverse);
    const both = op.mul(now.inverse, then.inverse);
    const slope = op.div(op.mul(op.mul(both, both), -1), inverse);
    const byInverse = op.mul(mean(op, op.mul(g, centre), 2, groups.groupSize), 0.5);
    return op.add(op.mul(g, op.mul(inverse, 0.5)), op.mul(byInverse, op.mul(centre, slope)));
  });
}
