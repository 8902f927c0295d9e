/** Networks whose scores are known, and what perturbation methods make of them. */
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { type Perturbation, superpixels } from "../../src/index.ts";
import { total } from "../compare.ts";
import { dot, type HandMade, handMade } from "../hand-made-black-box.ts";

export const size = { height: 6, width: 8 };
export const pixels = size.height * size.width;
export const greyShape = { ...size, channels: 1, layout: "nchw" } as const;
export const weights = [numbers(seeded(1), 2 * pixels), numbers(seeded(2), 2 * pixels)];
export const picture = Float32Array.from(numbers(seeded(3), 2 * pixels));

/** Two classes of two-channel pictures, whose scores are no sums. */
export function network(batchSize: number, layout: "nchw" | "nhwc" = "nchw"): HandMade {
  return handMade({ ...size, channels: 2, batchSize, layout }, (x) =>
    weights.map((of) => Math.tanh(dot(of, x)) + 0.1 * dot(of, x)),
  );
}

export const activations = {
  channels: 5,
  height: 3,
  width: 4,
  values: Float32Array.from(numbers(seeded(4), 60)),
};

export async function one(method: Perturbation, context: Parameters<Perturbation>[0]): Promise<Float32Array> {
  const [map] = await method(context);
  if (map === undefined) throw new Error("no map");
  return map;
}

/** What a linear network's score loses with each superpixel, on each of its pixels. */
export function lossBySegment(of: ArrayLike<number>, grey: Float32Array, segments: number): number[] {
  const { labels } = superpixels(grey, greyShape, { segments });
  return Array.from(labels, (label) =>
    grey.reduce((sum, value, i) => sum + (labels[i] === label ? (of[i] ?? 0) * value : 0), 0),
  );
}

export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centre = (values: ArrayLike<number>) => {
    const mean = total(values) / values.length;
    return Array.from(values, (value) => value - mean);
  };
  const [left, right] = [centre(a), centre(b)];
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
}
