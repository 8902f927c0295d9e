import { numbers, seeded } from "@onnx-lrp/test-kit/random";

/** Random pictures of both signs, within the bounds that engine.ts has. */
export function pictures(count: number, elements: number, seed = 1): Float32Array[] {
  const random = seeded(seed + 1000);
  return Array.from({ length: count }, () => Float32Array.from(numbers(random, elements)));
}
