/** All that `inspect` tells, as the one JSON document that `--json` prints and the page is written from. */
import type { ConservationReport } from "@onnx-lrp/core";
import type { ErrorKind } from "@onnx-lrp/onnx-loader";
import type { PresetTrial } from "@onnx-lrp/pictures/internal";
import type { FileFacts } from "./file-facts.ts";
import type { NetworkFacts } from "./network-facts.ts";

export interface Facts extends FileFacts {
  readonly model: string;
  /** Whether `explain` would explain the network. */
  readonly explained: boolean;
  /** What blocks the explanation, in a sentence; null if nothing does. */
  readonly reason: string | null;
  /** Whose fault that is: `usage` where a choice is to be made, such as --output; null if nothing blocks the explanation. */
  readonly kind: ErrorKind | null;
  /** null if there is no usable input or there are no class scores. */
  readonly network: NetworkFacts | null;
  /** What the network says of a picture under each preset of preprocessing, where that is asked for. */
  readonly tried: readonly TriedFacts[] | null;
  readonly conservation: ConservationReport | null;
}

/** The most probable class under one preset; null for a class without a name. */
export interface TriedFacts extends PresetTrial {
  readonly label: string | null;
}
