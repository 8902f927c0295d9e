/** The parts of inputs and weights that rules ask for, each emitted at most once. */
import type { Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { expandSizes } from "../operators/size.ts";
import type { InputPart, SignedPart, WeightPart } from "../rules/index.ts";

/** A per-image value with its shape. */
export interface PartValue {
  readonly value: string;
  readonly dims: readonly Size[];
  /** True if no node was emitted: `value` is the layer's own input. */
  readonly isForwardValue: boolean;
}

export interface InputParts {
  /** undefined where the part is zero everywhere. */
  part(value: string, dims: readonly Size[], wanted: InputPart): PartValue | undefined;
}

/** Emits the lowest and highest value that each element of a value close to the picture can have. */
export type Bounds = (value: string, end: "low" | "high") => PartValue;

export function createInputParts(
  tape: Tape,
  neverNegative: ReadonlySet<string>,
  bounds: Bounds,
  mask: (value: string) => PartValue | undefined,
): InputParts {
  const made = new Map<string, PartValue | undefined>();

  function make(value: string, dims: readonly Size[], wanted: InputPart): PartValue | undefined {
    switch (wanted.kind) {
      case "low":
      case "high":
        return bounds(value, wanted.kind);
      case "one": {
        const masked = mask(value);
        if (masked !== undefined) return masked;
        // One picture's serve all.
        const sizes = expandSizes(dims);
        return {
          value: tape.emit("Expand", [tape.scalar(1), tape.ints(sizes)]),
          dims: sizes,
          isForwardValue: false,
        };
      }
      case "signed": {
        const part = neverNegative.has(value) ? { ...wanted, negative: wanted.positive } : wanted;
        const result = signedPart(tape, value, part);
        return result === undefined ? undefined : { value: result, dims, isForwardValue: result === value };
      }
    }
  }

  return {
    part(value, dims, wanted) {
      const key = `${value} ${JSON.stringify(wanted)}`;
      if (!made.has(key)) made.set(key, make(value, dims, wanted));
      return made.get(key);
    },
  };
}

/** positive * max(v, 0) + negative * min(v, 0), or undefined where that is zero. */
function signedPart(tape: Tape, value: string, { positive, negative }: SignedPart): string | undefined {
  if (positive === negative) {
    if (positive === 0) return undefined;
    return positive === 1 ? value : tape.emit("Mul", [value, tape.scalar(positive)]);
  }
  const scaled = (part: string, factor: number) =>
    factor === 1 ? part : tape.emit("Mul", [part, tape.scalar(factor)]);
  if (positive === -negative) return scaled(tape.emit("Abs", [value]), positive);
  if (negative === 0) return scaled(tape.emit("Relu", [value]), positive);
  const below = scaled(tape.emit("Min", [value, tape.scalar(0)]), negative);
  if (positive === 0) return below;
  return tape.emit("Add", [scaled(tape.emit("Relu", [value]), positive), below]);
}

/**
 * Parts of a layer's weights. onnxruntime computes them once, when the session is made.
 *
 * @returns undefined where the part is zero
 */
export function createWeightParts(
  tape: Tape,
): (weight: string, dims: readonly Size[], wanted: WeightPart) => string | undefined {
  const made = new Map<string, string | undefined>();
  const make = (weight: string, dims: readonly Size[], wanted: WeightPart): string | undefined => {
    switch (wanted.kind) {
      case "square":
        return tape.emit("Mul", [weight, weight]);
      case "one":
        return tape.emit("Expand", [tape.scalar(1), tape.ints(expandSizes(dims))]);
      case "signed":
        return signedPart(tape, weight, wanted);
    }
  };
  return (weight, dims, wanted) => {
    const key = `${weight} ${JSON.stringify(wanted)}`;
    if (!made.has(key)) made.set(key, make(weight, dims, wanted));
    return made.get(key);
  };
}

/** g(w) / w for a weight w of 1 or -1, of which g(w) is the wanted part. */
export function uniformPart(wanted: WeightPart, weight: 1 | -1): number {
  if (wanted.kind === "signed") return weight === 1 ? wanted.positive : wanted.negative;
  return weight;
}
