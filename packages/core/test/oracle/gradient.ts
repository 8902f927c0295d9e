/** The gradient of sum(seed * logits), by central differences. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { runForward } from "./forward.ts";
import { wiringOf } from "./network.ts";
import { batchOf, seedsOf } from "./relevance.ts";
import type { SeedRule } from "./seeds.ts";

const step = 1e-5;

export function gradient(
  model: Model,
  picture: ArrayLike<number>,
  target: number,
  seedRule: SeedRule,
): Float64Array {
  const { logits } = wiringOf(model);
  const image = batchOf(model, [picture]);
  // The seed is a constant here, also where it was made of the logits.
  const { seed } = seedsOf(runForward(model, image), logits, [target], seedRule);
  const value = () => {
    const z = runForward(model, image).get(logits)?.data ?? new Float64Array();
    return z.reduce((sum, score, n) => sum + score * (seed[n] ?? 0), 0);
  };
  return image.data.map((pixel, i) => {
    image.data[i] = pixel + step;
    const above = value();
    image.data[i] = pixel - step;
    const below = value();
    image.data[i] = pixel;
    return (above - below) / (2 * step);
  });
}
