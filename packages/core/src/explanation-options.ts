/** What an explanation can be asked to be, and what is written down of it. */
import type { PixelBounds } from "./compile/bounds.ts";
import type { UnknownPolicy } from "./names.ts";
import type { SampleOptions } from "./plan/samples.ts";
import type { PictureSize } from "./relevance-graph/image.ts";
import type { RuleFile } from "./rule-file.ts";
import type { RuleParameters } from "./rules/parameters.ts";

export interface ExplanationOptions extends SampleOptions {
  /** Default `sglrp`. */
  readonly method?: string | undefined;
  /** Default `zplus-box`; of use with relevance methods alone. `gradient` propagates any seed as a gradient. */
  readonly composite?: string | undefined;
  /** Rules layer by layer, in place of a composite (rule-file.ts). */
  readonly rules?: RuleFile | undefined;
  readonly parameters?: Partial<RuleParameters> | undefined;
  /** The lowest and highest pixel after preprocessing, a number a channel; needed for the zbox rule and for noise. */
  readonly pixels?: PixelBounds | undefined;
  /** The input that takes the picture and the output with the class scores, where the model has several. */
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  /** Height and width of pictures, where the network leaves them open. */
  readonly size?: PictureSize | undefined;
  /** What to do with an operation that no rule covers; default `error`. */
  readonly unknown?: UnknownPolicy | undefined;
  /** Each target is held against another class, why this and not that: the seed is e_t - e_a in place of the method's. */
  readonly contrast?: boolean | undefined;
  /** The node whose output a class activation map is of; default the last with height and width. */
  readonly layer?: string | undefined;
  /**
   * Pictures and targets of every run, and samples where the method takes some, where they are known beforehand:
   * onnxruntime then plans the model in less time and memory, but it takes no other numbers.
   */
  readonly runs?:
    | {
        readonly pictures?: number | undefined;
        readonly targets?: number | undefined;
        readonly samples?: number | undefined;
      }
    | undefined;
  /** Report what each node got and handed on. */
  readonly conservation?: boolean | undefined;
  /** SHA-256 of the file the model came from, to be written into the explanation model. */
  readonly sourceHash?: string | undefined;
}

/** What was used, by name and number: a part of every result. */
export interface ExplanationRecord {
  readonly method: string;
  readonly composite: string;
  readonly parameters: RuleParameters;
  readonly pixels: PixelBounds | undefined;
  /** The policy for operations that no rule covers, and the names of the nodes that it was applied to. */
  readonly unknown: { readonly policy: UnknownPolicy; readonly nodes: readonly string[] };
  /** What else the method was told, or took by itself: the layer, the samples, the reference, ... */
  readonly settings: Readonly<Record<string, unknown>>;
}
