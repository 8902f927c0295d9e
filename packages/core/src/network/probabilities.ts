import type { OutputPort } from "../output-port/find.ts";

/** Class probabilities from logits, in double precision: softmax, or a sigmoid each where the network ends so. */
export function probabilities(logits: Float32Array, kind: OutputPort["kind"]): Float64Array {
  if (kind === "sigmoid") return Float64Array.from(logits, (z) => 1 / (1 + Math.exp(-z)));
  const highest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (z) => Math.exp(z - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
