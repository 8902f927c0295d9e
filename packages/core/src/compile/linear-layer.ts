/** A linear layer as rules are compiled for it: its weights and its bias with their factors. */
import type { Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext, Linear, Site } from "../operators/operator.ts";
import { reshapeSizes } from "../operators/size.ts";
import type { Share } from "../rules/index.ts";
import type { InputParts } from "./layer-parts.ts";

export interface LinearSite {
  readonly linear: Linear;
  readonly site: Site;
}

export interface LinearContext {
  readonly emission: EmitContext;
  readonly inputs: InputParts;
  weightPart(weight: string, dims: readonly Size[], wanted: Share["weight"]): string | undefined;
}

/** The weights with the factor that some operators (Gemm's alpha) put on them. */
export function scaledWeight(tape: Tape, linear: Linear, weight: string): string {
  const factor = linear.scales?.weight ?? 1;
  return scaled(tape, weight, factor);
}

/** The bias in a shape that broadcasts to the output. */
export function shapedBias(tape: Tape, linear: Linear, bias: string): string {
  const factor = linear.scales?.bias ?? 1;
  const whole = scaled(tape, bias, factor);
  return linear.biasDims.length <= 1
    ? whole
    : tape.emit("Reshape", [whole, tape.ints(reshapeSizes(linear.biasDims))]);
}

export function scaled(tape: Tape, value: string, factor: number): string {
  return factor === 1 ? value : tape.emit("Mul", [value, tape.scalar(factor)]);
}
