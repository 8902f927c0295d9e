/**
 * The adjoint of normalizing runs of elements. Of y = scale x_hat + shift with x_hat = (x - mean) / d and g = scale r:
 *
 *     dx = (g - mean(g) - x_hat mean(g x_hat)) / d
 *
 * without mean(g) where no mean is taken off (RMS).
 */
import { inputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext, Site } from "./operator.ts";
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

/** @param deviation whether it is a function of the input, or a constant */
export function normAdjoint(
  emission: EmitContext,
  site: Site,
  r: string,
  { groupSize, epsilon, centred, scale }: NormGroups,
  deviation: "function" | "constant" = "function",
): string {
  const { tape, perTarget } = emission;
  const x = inputOf(site.node, 0);
  const dims = site.shape(x);
  const count = sizeProduct(dims);
  const lines: Size = typeof count === "number" ? count / groupSize : { times: count.times / groupSize };
  const mean = (value: string, axis: number) =>
    tape.emit("Mul", [tape.emit("ReduceSum", [value, tape.ints([axis])]), tape.scalar(1 / groupSize)]);

  const rows = tape.emit("Reshape", [x, tape.ints([-1, groupSize])]);
  const centre = centred ? tape.emit("Sub", [rows, mean(rows, 1)]) : rows;
  const variance = mean(tape.emit("Mul", [centre, centre]), 1);
  const inverse = tape.emit("Reciprocal", [
    tape.emit("Sqrt", [tape.emit("Add", [variance, tape.scalar(epsilon)])]),
  ]);
  const factor = scale?.(emission);
  const scaled = factor === undefined ? r : perTarget.mul(r, factor.value, dims, factor.dims);
  const flat: readonly Size[] = [lines, groupSize];
  const g = perTarget.split(perTarget.reshape(scaled, flat), flat);
  const withoutMean = centred ? tape.emit("Sub", [g, mean(g, 2)]) : g;
  const rest = (): string => {
    if (deviation === "constant") return withoutMean;
    const normal = tape.emit("Mul", [centre, inverse]);
    const along = tape.emit("Mul", [normal, mean(tape.emit("Mul", [g, normal]), 2)]);
    return tape.emit("Sub", [withoutMean, along]);
  };
  return perTarget.reshape(perTarget.merge(tape.emit("Mul", [rest(), inverse]), flat), dims);
}
