import type { Scene } from "./scenes/scene.ts";

/**
 * The networks' input for some scenes of one size: float32, (byte / 255 - 0.5) / 0.25, shape [n, 3, H, W] for
 * "NCHW" or [n, H, W, 3] for "NHWC".
 */
export function networkInput(scenes: readonly Pick<Scene, "rgb">[], layout: "NCHW" | "NHWC"): Float32Array {
  const length = scenes[0]?.rgb.length ?? 0;
  const area = length / 3;
  const input = new Float32Array(scenes.length * length);
  for (const [n, { rgb }] of scenes.entries()) {
    for (let i = 0; i < length; i++) {
      const to = layout === "NHWC" ? i : (i % 3) * area + Math.floor(i / 3);
      input[n * length + to] = ((rgb[i] ?? 0) / 255 - 0.5) / 0.25;
    }
  }
  return input;
}
