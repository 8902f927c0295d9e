/** What is told of an input that was explained, as `--json` has it: null where there is nothing. */
import type { OtherRelevance } from "@onnx-lrp/core";
import type { ExplainedBox, QuantizedPrediction, ScoredClass } from "@onnx-lrp/network";

/** Something with a label, null where there is none, as JSON has it. */
export type Named<T> = Omit<T, "label"> & { readonly label: string | null };
/** No logit for classes that are found at several places, or in boxes. */
type ClassResult = Named<Omit<ScoredClass, "logit">> & { readonly logit: number | null };
type QuantizedResult = Named<QuantizedPrediction>;
/** No share where there is no positive relevance. */
type BoxResult = Omit<ExplainedBox, "positiveShare"> & { readonly positiveShare: number | null };

export interface TargetResult {
  readonly target: number;
  readonly label: string | null;
  /** Where the class was looked at, as it was asked: "@7,5"; null for the whole picture. */
  readonly where: string | null;
  /** Places that were looked at. */
  readonly places: number;
  readonly probability: number;
  readonly logit: number;
  /** Of a detector, in pixels of the picture as the network sees it; null for what is no box. */
  readonly box: BoxResult | null;
  /** The class that it was contrasted with. */
  readonly against: { readonly class: number; readonly label: string | null } | null;
  /** Of SGLRP the strongest rivals that were subtracted, with their share of the seed. */
  readonly rivals: readonly {
    readonly class: number;
    readonly label: string | null;
    readonly weight: number;
  }[];
  readonly seedScale: number;
  /** The map's sum minus the change of the logit from the baseline, for methods that define these to be equal. */
  readonly convergenceDelta: number | null;
  /** What relevance went to other inputs, which `--feed` gave a value; null where a method does not say. */
  readonly otherInputs: readonly OtherRelevance[] | null;
  readonly sum: number;
  readonly sumPositive: number;
  /** In words: what it was set against, or of LRP what the map sums to. */
  readonly note: string | null;
  readonly png: string;
  readonly npy: string | null;
}

export interface InputResult {
  readonly input: string;
  /** Index of the picture in a file with a batch; null for a file with one picture. */
  readonly item: number | null;
  /** Sentences on how the file was decoded, if that is unusual. */
  readonly notes: readonly string[];
  readonly figure: string;
  readonly top: readonly ClassResult[];
  /** The prediction of a quantized network itself; its float equivalent is what is explained. */
  readonly quantized: QuantizedResult | null;
  readonly explanations: readonly TargetResult[];
}

export function named<T extends { readonly label: string | undefined }>(one: T): Named<T> {
  return { ...one, label: one.label ?? null };
}
