/** Which samples a method takes of every picture: drawn from a seed, the same for all pictures. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { PixelBounds } from "../compile/bounds.ts";
import type { SampleValues } from "../compile/maps/sample-batch.ts";
import type { SampledMethod } from "../methods.ts";
import { pictureElements } from "../network/pictures.ts";
import { createRandom } from "../random.ts";
import type { ImageInput } from "../relevance-graph/image.ts";

export interface SampleOptions {
  /** How many; default 25 noisy pictures, or 50 steps. */
  readonly samples?: number | undefined;
  /** Standard deviation of noise, as a share of the range of pixels; default 0.15 (Smilkov et al. 2017). */
  readonly noise?: number | undefined;
  readonly seed?: number | undefined;
  /** What stands for no picture, where the method needs that: a number a channel, or a whole picture; default 0. */
  readonly baseline?: readonly number[] | Float32Array | undefined;
  /**
   * References of expected gradients, each a whole picture; default the reference with noise.
   */
  readonly baselines?: readonly Float32Array[] | undefined;
}

export interface ResolvedSampleOptions {
  readonly samples: number;
  readonly seed: number;
  readonly noise: number | undefined;
  readonly references: number | undefined;
}

/** @throws UserError `usage` for numbers that are none */
export function resolveSampleOptions(method: SampledMethod, settings: SampleOptions): ResolvedSampleOptions {
  const {
    samples = method.samples === "noise" ? 25 : 50,
    noise = 0.15,
    seed = 0,
    baselines: references,
  } = settings;
  if (!Number.isInteger(samples) || samples < 1 || samples > 100_000) {
    throw new UserError(
      "usage",
      `The number of samples must be a whole number from 1 to 100000, not ${samples}.`,
    );
  }
  if (!(noise >= 0 && noise <= 10)) {
    throw new UserError("usage", `The noise is a share of the range of pixels, from 0 on, not ${noise}.`);
  }
  const usesNoise =
    method.samples === "noise" || (method.samples === "random-path" && references === undefined);
  return {
    samples,
    seed,
    noise: usesNoise ? noise : undefined,
    references: method.samples === "random-path" ? references?.length : undefined,
  };
}

/** A picture of one colour, or the picture given; in whole numbers, where the network takes no others. */
export function baselineImage(image: ImageInput, reference: SampleOptions["baseline"]): Float32Array {
  const { channels, layout, type } = image;
  const elements = pictureElements(image);
  const whole = type !== "float32";
  if (reference instanceof Float32Array) {
    if (reference.length === elements) return whole ? reference.map(Math.round) : reference;
    throw new UserError(
      "usage",
      `The reference picture has ${reference.length} numbers; the network takes ${elements}.`,
    );
  }
  const colour = reference ?? [0];
  if (colour.length !== 1 && colour.length !== channels) {
    throw new UserError("usage", `The reference needs one number, or one for each of ${channels} channels.`);
  }
  const area = elements / channels;
  return Float32Array.from({ length: elements }, (_, i) => {
    const channel = layout === "nchw" ? Math.floor(i / area) : i % channels;
    const value = colour[colour.length === 1 ? 0 : channel] ?? 0;
    return whole ? Math.round(value) : value;
  });
}

/** All samples of a method. @param reference whole */
export function drawSamples(
  method: SampledMethod,
  { samples, seed, noise }: ResolvedSampleOptions,
  image: ImageInput,
  reference: Float32Array,
  {
    pixels,
    baselines: references,
  }: { readonly pixels?: PixelBounds | undefined } & Pick<SampleOptions, "baselines">,
): SampleValues {
  const random = createRandom(seed);
  const weights = new Float32Array(samples).fill(1);
  switch (method.samples) {
    case "noise":
      return { weights, scales: undefined, bases: undefined, noise: noisy(samples) };
    case "path":
      return {
        weights,
        // The middle of each step: the midpoint rule.
        scales: Float32Array.from({ length: samples }, (_, s) => (s + 0.5) / samples),
        bases: { values: reference, shared: true },
        noise: undefined,
      };
    case "random-path":
      return {
        weights,
        scales: Float32Array.from({ length: samples }, () => random.uniform()),
        bases: { values: references === undefined ? aroundReference() : drawn(references), shared: false },
        noise: undefined,
      };
  }

  function noisy(count: number): Float32Array {
    if (pixels === undefined) {
      throw new UserError(
        "usage",
        `The method ${method.name} makes noise in the range of pixels: give the lowest and the highest, a number a channel.`,
      );
    }
    const { channels, layout } = image;
    const area = reference.length / channels;
    const spreads = pixels.low.map((low, c) => (noise ?? 0) * ((pixels.high[c] ?? low) - low));
    return Float32Array.from({ length: count * reference.length }, (_, i) => {
      const at = i % reference.length;
      const channel = layout === "nchw" ? Math.floor(at / area) : at % channels;
      return (spreads[channel] ?? 0) * random.normal();
    });
  }
  function aroundReference(): Float32Array {
    return noisy(samples).map((value, i) => value + (reference[i % reference.length] ?? 0));
  }
  function drawn(given: readonly Float32Array[]): Float32Array {
    if (given.length === 0 || given.some(({ length }) => length !== reference.length)) {
      throw new UserError(
        "usage",
        `Every reference picture must have ${reference.length} numbers, as the network takes them.`,
      );
    }
    const bases = new Float32Array(samples * reference.length);
    for (let s = 0; s < samples; s += 1) {
      bases.set(given[random.below(given.length)] ?? reference, s * reference.length);
    }
    return bases;
  }
}

/** As many samples as a run takes, from `start` on; what is beyond the last has the weight 0. */
export function sliceSamples(
  values: SampleValues,
  count: number,
  image: Pick<ImageInput, "dims">,
  start = 0,
): SampleValues {
  const elements = pictureElements(image);
  const take = (data: Float32Array | undefined, size: number) => {
    if (data === undefined) return undefined;
    const part = new Float32Array(count * size);
    part.set(data.subarray(start * size, (start + count) * size));
    return part;
  };
  const { weights, scales, bases, noise } = values;
  return {
    weights: take(weights, 1) ?? weights,
    scales: take(scales, 1),
    bases:
      bases === undefined || bases.shared
        ? bases
        : { values: take(bases.values, elements) ?? bases.values, shared: false },
    noise: take(noise, elements),
  };
}
