/**
 * What quantizing to integers between q_min and q_max leaves of a value, when rounding is left out:
 *
 *     Clip(x, s (q_min - z), s (q_max - z))
 */
import type { DataType } from "../../data-type.ts";
import type { Node } from "../../model.ts";
import { elementCount } from "../../tensor.ts";
import { asFloat, type Dequantizer, numbersOf, type Quantized, unsupportedError } from "./values.ts";

const ranges: Readonly<Partial<Record<DataType, readonly [number, number]>>> = {
  uint2: [0, 3],
  int2: [-2, 1],
  uint4: [0, 15],
  int4: [-8, 7],
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
  float8e4m3fn: [-448, 448],
  float8e4m3fnuz: [-240, 240],
  float8e5m2: [-57_344, 57_344],
  float8e5m2fnuz: [-57_344, 57_344],
};

/** What is never below 0 or above 1. */
const probabilities = new Set(["Softmax", "Sigmoid", "HardSigmoid"]);

/**
 * The value as it is after saturation: between the lowest and the highest number that integers of the type represent.
 * Where a probability would be cut by less than a step, that is rounding, and is left out: a network's Softmax stays its end.
 */
export function saturate(
  dequantizer: Dequantizer,
  node: Node,
  value: string,
  { scale, zero, type }: { scale: string; zero: string | undefined; type?: DataType | undefined },
): Quantized {
  const { tape, tensors, count, madeBy } = dequantizer;
  count.activations += 1;
  const steps = tensors.get(scale);
  if (steps !== undefined && elementCount(steps.dims) !== 1) {
    throw unsupportedError(node, "quantizes each channel of an activation with a separate scale");
  }
  const found = type ?? (zero ? tensors.get(zero)?.type : "uint8");
  const range = found === undefined ? undefined : ranges[found];
  if (range === undefined) {
    throw unsupportedError(node, `quantizes to ${found ?? "an unknown type"}`);
  }
  const quantized = (now: string): Quantized => ({
    value: now,
    scale,
    zero: zero || undefined,
    dynamic: false,
  });
  const [step] = numbersOf(dequantizer, scale) ?? [];
  const [offset] = zero ? (numbersOf(dequantizer, zero) ?? []) : [0];
  if (step === undefined || offset === undefined) {
    const scales = asFloat(dequantizer, scale, 1);
    const zeros = asFloat(dequantizer, zero, 0);
    const bound = (end: number) =>
      tape.emit("Reshape", [
        tape.emit("Mul", [tape.emit("Sub", [tape.scalar(end), zeros]), scales]),
        tape.ints([], [0]),
      ]);
    return quantized(tape.emit("Clip", [value, bound(range[0]), bound(range[1])]));
  }
  const [low, high] = range.map((end) => Math.fround((end - offset) * step));
  if (low === undefined || high === undefined) throw unsupportedError(node, "has no range");
  if (probabilities.has(madeBy.get(value) ?? "") && low < step && high + step >= 1) return quantized(value);
  return quantized(tape.emit("Clip", [value, tape.scalar(low), tape.scalar(high)]));
}
