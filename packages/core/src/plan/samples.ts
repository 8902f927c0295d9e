/** Which samples a method takes of every picture: drawn from a seed, the same for all pictures. */
import { limit, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { beyondLimit } from "@onnx-lrp/onnx-loader/internal";
import type { ExplanationOptions, SampleOptions } from "../explanation-options.ts";
import { strides } from "../grid/grid.ts";
import { type InputPort, inputKind } from "../input-port/input-port.ts";
import type { SampledMethod } from "../methods/method.ts";
import { createRandom } from "../random.ts";
import { pictureElements } from "../relevance-graph/picture-sizes.ts";
import type { PixelBounds } from "../relevance-graph/pixel-bounds.ts";

/** Samples of a picture: those of one run, or all. */
export interface SampleValues {
  /** [S]: 0 leaves one out. */
  readonly weights: Float32Array;
  /** [S], or undefined for 1 everywhere. */
  readonly scales: Float32Array | undefined;
  /** [S, ...picture], or [1, ...picture] for one that all share; undefined for none. */
  readonly bases: { readonly values: Float32Array; readonly shared: boolean } | undefined;
  /** [S, ...picture], or undefined for none. */
  readonly noise: Float32Array | undefined;
  /**
   * What noise is counted in: the input's own numbers, or shares of each input's range from its lowest to its highest
   * number. In shares, bases that are not shared are noise too, around the baseline.
   */
  readonly noiseUnit: NoiseUnit;
}

export type NoiseUnit = "numbers" | "input ranges";

/** Pictures have bounds, from which noise has its size; without bounds, other inputs have their own range. */
export function noiseUnitOf(
  { noise }: Pick<ResolvedSampleOptions, "noise">,
  image: InputPort,
  pixels: PixelBounds | undefined,
): NoiseUnit {
  return noise !== undefined && pixels === undefined && inputKind(image) !== "picture"
    ? "input ranges"
    : "numbers";
}

export interface ResolvedSampleOptions {
  readonly samples: number;
  readonly seed: number;
  readonly noise: number | undefined;
  /** How many were given. */
  readonly baselines: number | undefined;
  /** Samples of each run, at most all, if that number is fixed. */
  readonly perRun: number | undefined;
}

/** @throws UserError `usage` for invalid numbers */
export function resolveSampleOptions(
  method: SampledMethod,
  options: SampleOptions & Pick<ExplanationOptions, "fixedSizes">,
): ResolvedSampleOptions {
  const { samples = method.samples === "noise" ? 25 : 50, noise = 0.15, seed = 0, baselines } = options;
  if (!Number.isInteger(samples) || samples < 1 || samples > limit("samples")) {
    throw new UserError(
      "usage",
      `The number of samples must be an integer from 1 to ${limit("samples")}; got ${samples}.`,
      { subject: { option: "samples" } },
    );
  }
  if (!(noise >= 0 && noise <= 10)) {
    throw new UserError(
      "usage",
      `The noise is a share of the range of pixels and must be at least 0 and at most 10; got ${noise}.`,
      { subject: { option: "noise" } },
    );
  }
  const fixed = options.fixedSizes?.samples;
  const usesNoise =
    method.samples === "noise" || (method.samples === "random-path" && baselines === undefined);
  return {
    samples,
    seed,
    noise: usesNoise ? noise : undefined,
    baselines: method.samples === "random-path" ? baselines?.length : undefined,
    perRun: fixed === undefined ? undefined : Math.min(fixed, samples),
  };
}

/** All samples of a method. @param baseline in the shape of the input without the batch */
export function drawSamples(
  method: SampledMethod,
  { samples, seed, noise }: Pick<ResolvedSampleOptions, "samples" | "seed" | "noise">,
  image: InputPort,
  baseline: Float32Array,
  { pixels, baselines }: { readonly pixels?: PixelBounds | undefined } & Pick<SampleOptions, "baselines">,
): SampleValues {
  checkDrawn(method, samples * baseline.length);
  const random = createRandom(seed);
  const noiseUnit = noiseUnitOf({ noise }, image, pixels);
  const weights = new Float32Array(samples).fill(1);
  switch (method.samples) {
    case "noise":
      return { weights, scales: undefined, bases: undefined, noise: noisy(samples), noiseUnit };
    case "path":
      return {
        weights,
        // The middle of each step: the midpoint rule.
        scales: Float32Array.from({ length: samples }, (_, s) => (s + 0.5) / samples),
        bases: { values: baseline, shared: true },
        noise: undefined,
        noiseUnit,
      };
    case "random-path":
      return {
        weights,
        scales: Float32Array.from({ length: samples }, () => random.uniform()),
        bases: { values: baselines === undefined ? aroundBaseline() : drawn(baselines), shared: false },
        noise: undefined,
        noiseUnit,
      };
  }

  function noisy(count: number): Float32Array {
    if (noiseUnit === "input ranges") {
      return Float32Array.from({ length: count * baseline.length }, () => (noise ?? 0) * random.normal());
    }
    if (pixels === undefined) {
      throw new UserError(
        "usage",
        `The method ${method.name} adds noise in proportion to the range of pixels, which was not given.`,
        {
          subject: { method: method.name, option: "pixels" },
          remedies: [{ kind: "option", option: "pixels", note: "one number each, or one per channel" }],
        },
      );
    }
    const { channels } = image;
    const step = strides(image);
    const spreads = pixels.low.map((low, c) => (noise ?? 0) * ((pixels.high[c] ?? low) - low));
    return Float32Array.from({ length: count * baseline.length }, (_, i) => {
      const at = i % baseline.length;
      const channel = Math.floor(at / step.channel) % channels;
      return (spreads[channel] ?? 0) * random.normal();
    });
  }
  function aroundBaseline(): Float32Array {
    if (noiseUnit === "input ranges") return noisy(samples);
    return noisy(samples).map((value, i) => value + (baseline[i % baseline.length] ?? 0));
  }
  function drawn(given: readonly Float32Array[]): Float32Array {
    if (given.length === 0 || given.some(({ length }) => length !== baseline.length)) {
      throw new UserError(
        "usage",
        `Every baseline must have ${baseline.length} numbers, as the network takes them.`,
        { subject: { option: "baselines" } },
      );
    }
    const bases = new Float32Array(samples * baseline.length);
    for (let s = 0; s < samples; s += 1) {
      bases.set(given[random.below(given.length)] ?? baseline, s * baseline.length);
    }
    return bases;
  }
}

/** Samples of a path are scaled pictures; those of other methods are drawn, and held, together. */
function checkDrawn({ name, samples }: SampledMethod, elements: number): void {
  if (samples === "path" || elements <= limit("sampleElements")) return;
  throw beyondLimit(
    "sampleElements",
    "usage",
    `The samples of ${name} would have ${elements} numbers for an input of this size, and the limit is ${limit("sampleElements")} numbers.`,
    { subject: { option: "samples", method: name }, remedies: [textRemedy("take fewer samples")] },
  );
}

/** As many samples as a run takes, from `start` on; what is beyond the last has the weight 0. */
export function sliceSamples(
  values: SampleValues,
  count: number,
  image: Pick<InputPort, "dims">,
  start = 0,
): SampleValues {
  const elements = pictureElements(image);
  const take = (data: Float32Array | undefined, size: number) => {
    if (data === undefined) return undefined;
    const part = new Float32Array(count * size);
    part.set(data.subarray(start * size, (start + count) * size));
    return part;
  };
  const { weights, scales, bases, noise, noiseUnit } = values;
  return {
    noiseUnit,
    weights: take(weights, 1) ?? weights,
    scales: take(scales, 1),
    bases:
      bases === undefined || bases.shared
        ? bases
        : { values: take(bases.values, elements) ?? bases.values, shared: false },
    noise: take(noise, elements),
  };
}
