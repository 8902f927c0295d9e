/**
 * Gradients at many pictures together. Of a picture x the samples
 *
 *     x_s = base_s + scale_s (x - base_s) + noise_s,    s = 1 .. S
 *
 * go through the network as one larger batch [x, x_1, ..., x_S], and of their gradients g_s with weights w_s becomes
 *
 *     mean                    sum_s w_s g_s / sum_s w_s
 *     variance                sum_s w_s (g_s - mean)² / sum_s w_s
 *     mean-times-difference   sum_s w_s g_s (x - base_s) / sum_s w_s
 *
 * SmoothGrad and VarGrad have noise alone (Smilkov et al. 2017; Adebayo et al. 2018), integrated gradients one base and
 * scales in equal steps (Sundararajan et al. 2017), expected gradients a random base and scale for each sample (Erion et
 * al. 2021). x itself is there for its logits. Each run may pass its own slice of the samples, so that
 * memory stays bounded; an exported model has all of them as defaults of its inputs.
 */
import { floatTensor, intValue as int, type Tape, type Tensor } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { InputPort } from "../../input-port/input-port.ts";
import type { SampledMethod } from "../../methods/method.ts";
import type { PerTarget } from "../../operators/operator.ts";
import type { SampleValues } from "../../plan/samples.ts";
import { emitExtremes } from "./extremes.ts";

/** What the inputs are called. */
export interface SampleNames {
  readonly weights: string;
  readonly scales: string | undefined;
  readonly bases: string | undefined;
  readonly noise: string | undefined;
}

export interface Samples {
  readonly names: SampleNames;
  /** Values of the inputs where a run gives none. */
  readonly defaults: ReadonlyMap<string, Tensor>;
  /** [S + 1] pictures of each of N, in the shape of the input with S + 1 times as many. */
  readonly sampleBatch: string;
  /** int64 [1]: S + 1 */
  readonly rows: string;
  /** Whether there is one base for all samples. */
  readonly sharedBase: boolean;
  /** [S, N, ...picture]: x - base_s; N may be 1, and S. */
  readonly differences: string | undefined;
}

/**
 * @param picture float32, in the shape of the input
 * @param baseline without the batch; around it are bases that are noise in shares of the input's range
 */
export function emitSamples(
  tape: Tape,
  image: InputPort,
  picture: string,
  values: SampleValues,
  baseline: Float32Array | undefined,
): Samples {
  const sizes = image.dims.slice(1).map(Number);
  const elements = sizes.reduce((a, b) => a * b, 1);
  const defaults = new Map<string, Tensor>();
  const input = (hint: string, data: Float32Array | undefined, whole: boolean): string | undefined => {
    if (data === undefined) return undefined;
    const name = tape.fresh(hint);
    const dims = whole ? [data.length / elements, ...sizes] : [data.length];
    defaults.set(name, floatTensor(name, dims, data));
    return name;
  };
  const names: SampleNames = {
    weights: input("sample_weights", values.weights, false) ?? "",
    scales: input("sample_scales", values.scales, false),
    bases: input("sample_bases", values.bases?.values, true),
    noise: input("sample_noise", values.noise, true),
  };
  // [1, N, ...] against [S, 1, ...]
  const own = tape.emit("Unsqueeze", [picture, tape.ints([0])]);
  const each = (name: string) => tape.emit("Unsqueeze", [name, tape.ints([1])]);
  const ownRange = values.noiseUnit === "input ranges" ? emitRange(tape, picture, sizes.length) : undefined;
  const scaled = (noise: string) => (ownRange === undefined ? noise : tape.emit("Mul", [noise, ownRange]));
  const bases = names.bases === undefined ? undefined : around(each(names.bases));
  const differences = bases === undefined ? undefined : tape.emit("Sub", [own, bases]);
  let samples = own;
  if (names.scales !== undefined && differences !== undefined && bases !== undefined) {
    const scales = tape.emit("Reshape", [names.scales, tape.ints([-1, 1, ...sizes.map(() => 1)])]);
    samples = tape.emit("Add", [bases, tape.emit("Mul", [differences, scales])]);
  }
  if (names.noise !== undefined) samples = tape.emit("Add", [samples, scaled(each(names.noise))]);
  const all = tape.emit("Concat", [own, samples], { axis: int(0) });
  return {
    names,
    defaults,
    sampleBatch: tape.emit("Reshape", [all, tape.ints([-1, ...sizes])]),
    rows: tape.emit("Add", [tape.emit("Shape", [names.weights]), tape.ints([1])]),
    sharedBase: values.bases?.shared ?? false,
    differences,
  };

  function around(given: string): string {
    if (ownRange === undefined || values.bases?.shared !== false || baseline === undefined) return given;
    return tape.emit("Add", [tape.floats([...baseline], [1, 1, ...sizes]), scaled(given)]);
  }
}

/** From the lowest to the highest number of each picture. @returns [1, N, 1, ...] */
function emitRange(tape: Tape, picture: string, rank: number): string {
  const { highest, lowest } = emitExtremes(tape, tape.emit("Reshape", [picture, tape.ints([0, -1])]));
  const shape = tape.ints([1, -1, ...new Array<number>(rank).fill(1)]);
  return tape.emit("Reshape", [tape.emit("Sub", [highest, lowest]), shape]);
}

/** The scores of the pictures themselves. @param logits [(S + 1) N, classes] @returns [N, classes] */
export function logitsOfImages(tape: Tape, logits: string, pictures: string): string {
  return tape.emit("Slice", [logits, tape.ints([0]), pictures, tape.ints([0])]);
}

/** The seed of every sample. @param seed [K, N, classes] @returns [K (S + 1) N, classes] */
export function repeatSeed(tape: Tape, seed: string, { rows }: Samples, classes: number): string {
  const each = tape.emit("Unsqueeze", [seed, tape.ints([1])]);
  const shape = tape.emit("Concat", [tape.ints([1]), rows, tape.ints([1, 1])], { axis: int(0) });
  return tape.emit("Reshape", [tape.emit("Expand", [each, shape]), tape.ints([-1, classes])]);
}

/**
 * @param gradient per target, of all samples
 * @returns [K, N, ...picture]; for the variance the mean beside it
 */
export function reduceSamples(
  tape: Tape,
  targets: PerTarget,
  gradient: string,
  dims: readonly Size[],
  how: SampledMethod["reduce"],
  { names, rows, differences }: Samples,
): { readonly value: string; readonly mean: string | undefined } {
  const sizes = dims.slice(1).map(Number);
  const shape = tape.emit("Concat", [targets.count(), rows, tape.ints([-1, ...sizes])], { axis: int(0) });
  const all = tape.emit("Reshape", [gradient, shape]);
  const given = tape.emit("Slice", [all, tape.ints([1]), rows, tape.ints([1])]);
  const sum = tape.emit("ReduceSum", [names.weights, tape.ints([0])], { keepdims: int(1) });
  const shares = tape.emit("Reshape", [
    tape.emit("Div", [names.weights, sum]),
    tape.ints([1, -1, 1, ...sizes.map(() => 1)]),
  ]);
  const mean = (value: string, keep: 0 | 1) =>
    tape.emit("ReduceSum", [tape.emit("Mul", [value, shares]), tape.ints([1])], { keepdims: int(keep) });
  switch (how) {
    case "mean":
      return { value: mean(given, 0), mean: undefined };
    case "mean-times-difference":
      return { value: mean(tape.emit("Mul", [given, differences ?? ""]), 0), mean: undefined };
    case "variance": {
      const centre = mean(given, 1);
      const away = tape.emit("Sub", [given, centre]);
      return {
        value: mean(tape.emit("Mul", [away, away]), 0),
        mean: tape.emit("Squeeze", [centre, tape.ints([1])]),
      };
    }
  }
}
