/** What is known of a network after it was tried; `docs/coverage.json` is a list of these. */

export type Library = "torchvision" | "timm" | "other axes" | "outputs";

export const libraries: readonly Library[] = ["torchvision", "timm", "other axes", "outputs"];

interface Network {
  readonly library: Library;
  readonly name: string;
  /** timm's module, of which the network is a member; for torchvision the network's own name; what other axes and outputs are. */
  readonly family: string;
  /** Parameters and buffers in float32. */
  readonly weightsMB: number;
}

/** Why LRP-0 need not be input x gradient (theory.ts). */
export type Inequality = "activation" | "constant" | "normalization" | "gate" | "attention";

export interface Explained {
  readonly kind: "explained";
  /** Largest gap of a node's balance, and where (measures.ts). */
  readonly conservation: { readonly error: number; readonly at: string };
  /** Relative L2 distance of LRP-0 and input x gradient, or why there is none to be expected. */
  readonly gradient: { readonly difference: number } | { readonly unequal: readonly Inequality[] };
  /** Relative L2 distance of the explanation model's scores and those of the untouched file. */
  readonly scores: number;
  /** The same of the untouched file with and without onnxruntime's optimizations: what rounding alone does. */
  readonly rounding: number;
  readonly forwardSeconds: number;
  readonly explanationSeconds: number;
}

/** Nodes of one operation that no rule covers, for one reason. */
export interface Obstacle {
  readonly op: string;
  readonly reason: string;
  readonly nodes: number;
  /** The name of one of them. */
  readonly example: string;
}

export type Outcome =
  | Explained
  | { readonly kind: "refused"; readonly reason: string; readonly obstacles: readonly Obstacle[] }
  /** It broke: a crash, the time limit, numbers that are not finite. */
  | { readonly kind: "failed"; readonly reason: string }
  /** The exporter could not write it as ONNX. */
  | { readonly kind: "not exported"; readonly reason: string }
  | { readonly kind: "left out"; readonly reason: string };

export interface Result extends Network {
  readonly opset?: number | undefined;
  /** The batch is 1, for the exporter could not leave it open. */
  readonly fixedBatch?: boolean;
  readonly outcome: Outcome;
}

export interface Coverage {
  /** Of the machine and the software that exported, for the reader. */
  readonly made: { readonly machine: string; readonly versions: string };
  readonly results: readonly Result[];
}
