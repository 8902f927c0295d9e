/** The adjoint of broadcasting, and of working along the first axis, which per target is K times as long. */
import { intValue as int } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext } from "./operator.ts";

/**
 * The relevance r of a value of shape `from`, summed to that of one of shape `to` that was broadcast to it, along the
 * first axis too.
 */
export function sumTo(
  { tape, perTarget }: EmitContext,
  r: string,
  from: readonly Size[],
  to: readonly Size[],
): string {
  const [first = 1] = from;
  const aligned = to.length < from.length ? 1 : (to[0] ?? 1);
  if (from.length === 0 || aligned !== 1 || typeof first !== "number" || first === 1) {
    return perTarget.unbroadcast(r, from, to);
  }
  const sum = tape.emit("ReduceSum", [perTarget.split(r, from), tape.ints([1])], { keepdims: int(1) });
  const single = [1, ...from.slice(1)];
  return perTarget.unbroadcast(perTarget.merge(sum, single), single, to);
}

/**
 * Does to a per-target value what `change` does along an axis.
 *
 * @param from shape of r, and `to` of the result
 * @param change is given the value and the axis to work along
 */
export function alongAxis(
  { perTarget }: EmitContext,
  r: string,
  axis: number,
  from: readonly Size[],
  to: readonly Size[],
  change: (value: string, axis: number) => string,
): string {
  return axis > 0 ? change(r, axis) : perTarget.merge(change(perTarget.split(r, from), 1), to);
}
