/** Options of an explanation, and the record of what was used. */

import type { Composite } from "./composites.ts";
import type { InputOptions } from "./input-port/input-port.ts";
import type { CompositeName, MethodName, UnknownPolicy } from "./names.ts";
import type { OutputOptions } from "./output-port/find.ts";
import type { OutputPort } from "./output-port/output-port.ts";
import type { PixelBounds } from "./relevance-graph/pixel-bounds.ts";
import type { RuleFile } from "./rule-file.ts";
import type { RuleParameters } from "./rules/parameters.ts";

/** One number, one number per channel, or a picture as the network takes it. */
export type BaselineOption = readonly number[] | Float32Array;

export interface SampleOptions {
  /** How many; default 25 noisy pictures, or 50 steps. */
  readonly samples?: number | undefined;
  /** Standard deviation of noise, as a share of the range of pixels; default 0.15 (Smilkov et al. 2017). */
  readonly noise?: number | undefined;
  readonly seed?: number | undefined;
  /** The picture of nothing that the method compares with; default 0. */
  readonly baseline?: BaselineOption | undefined;
  /** Baselines of expected gradients, each a picture; default the baseline with noise. */
  readonly baselines?: readonly Float32Array[] | undefined;
}

/** Which method explains a network, with its parameters; each has a default. */
export interface ExplanationOptions extends SampleOptions, InputOptions, OutputOptions {
  /** Default `sglrp`, and `lrp` where classes do not compete. */
  readonly method?: MethodName | undefined;
  /**
   * A composite by its name, or one of your own, whose name results then carry; default `transformer` for networks with attention, else `zplus-box`, or `zplus` without
   * pixel bounds. For relevance methods alone. `gradient` propagates any seed as a gradient.
   */
  readonly composite?: CompositeName | Composite | undefined;
  /** Rules layer by layer, in place of a composite (rule-file.ts). */
  readonly rules?: RuleFile | undefined;
  readonly parameters?: Partial<RuleParameters> | undefined;
  /** The lowest and highest value after preprocessing, by channel or one for all; needed for the zbox rule and for noise. */
  readonly pixels?: PixelBounds | undefined;
  /**
   * An inner value that is explained in place of the input, such as what a front end makes of a waveform: the map has its
   * shape, and what lies before it needs no rule. For relevance methods, gradient and input-x-gradient.
   */
  readonly backTo?: string | undefined;
  /** Inputs without a value stay inputs of the explanation model; default false, which refuses them. */
  readonly openInputs?: boolean | undefined;
  /** What to do with an operation that no rule covers; default `error`. */
  readonly unknown?: UnknownPolicy | undefined;
  /** Contrast each target with another class: the seed is e_t - e_a in place of the method's. */
  readonly contrast?: boolean | undefined;
  /** The node whose output a class activation map is of; default the last with height and width. */
  readonly layer?: string | undefined;
  /**
   * What a run is asked with: `classes`, the number of a class per target, or `weights`, a number for each score of the
   * output (docs/outputs.md). Default: classes, and weights where the output has a score at each of several places.
   */
  readonly targetForm?: TargetForm | undefined;
  /** Sizes that every run has: onnxruntime then plans the model in less time and memory, but it takes no others. */
  readonly fixedSizes?: FixedSizes | undefined;
  /** Report the relevance that each node receives and propagates. */
  readonly conservation?: boolean | undefined;
  /** SHA-256 of the file the model came from, to be written into the explanation model. */
  readonly sourceHash?: string | undefined;
}

export type TargetForm = "classes" | "weights";

interface FixedSizes {
  /** Pictures of a run. */
  readonly batch?: number | undefined;
  /** Targets of each picture, if that does not depend on the output, else by what it is. */
  readonly targets?: number | ((port: OutputPort) => number | undefined) | undefined;
  /** Samples of each picture in one run, for methods that sample; such a model takes them as inputs. */
  readonly samples?: number | undefined;
}

/** What was used, by name and number: a part of every result. */
export interface ExplanationRecord {
  readonly method: string;
  readonly composite: string;
  readonly parameters: RuleParameters;
  readonly pixels: PixelBounds | undefined;
  /** The policy for operations that no rule covers, and the names of the nodes that it was applied to. */
  readonly unknown: { readonly policy: UnknownPolicy; readonly nodes: readonly string[] };
  /** Everything else that the method was given, or chose by itself: the layer, the samples, the baseline, ... */
  readonly settings: Readonly<Record<string, unknown>>;
}
