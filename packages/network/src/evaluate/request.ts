/** What an evaluation is of, as values that can be sent to other processes. */
import type { DataSetKind } from "@onnx-lrp/evaluation/names";
import type { SessionOptions } from "@onnx-lrp/node";
import type { NetworkOptions } from "../known-network.ts";
import type { LabelSource } from "../labels.ts";
import type { NamedMethod } from "../method-list.ts";
import type { MethodSettings } from "../method-settings.ts";

/** Everything that results depend on; without functions. */
export interface EvaluationRequest {
  /** The path of the network, or the name of an included one. */
  readonly model: string;
  readonly network: NetworkOptions;
  readonly labels: LabelSource | undefined;
  readonly session: Pick<SessionOptions, "providers" | "sessionOptions">;
  readonly dataset: string;
  readonly listing: {
    readonly kind: DataSetKind | undefined;
    /** Whether lists may name files outside of their folder. */
    readonly allowOutside: boolean;
    /** A file with the wnid of each class. */
    readonly wnids: string | undefined;
    /** At most this many pictures: the first ones, or drawn with the seed `sample`. */
    readonly limit: number | undefined;
    readonly sample: number | undefined;
  };
  readonly methods: readonly NamedMethod[];
  readonly metrics: readonly string[];
  /** Of every method, but for what its name says. */
  readonly settings: Omit<MethodSettings, "method" | "composite" | "rules">;
  /** Of the sanity check, where it is among the metrics. */
  readonly randomization: { readonly pictures: number; readonly steps: number };
}
