/** What the page asks of the engine, which runs in a worker. All of it is plain data, so that it can be cloned. */

import type { Rectangle } from "@onnx-lrp/core";
import type { Heatmap } from "@onnx-lrp/core/maps";
import type { CompositeName, MethodName, UnknownPolicy } from "@onnx-lrp/core/names";
import type { MapPicture } from "@onnx-lrp/web/map";

/** A method as the page lists it. */
export interface MethodEntry {
  readonly name: MethodName;
  readonly family: string;
  readonly summary: string;
  readonly source: string;
  /** Whether it can have another composite, and show the relevance of a layer. */
  readonly byRules: boolean;
  /** Whether it only asks the network for scores, and so explains any network. */
  readonly blackBox: boolean;
}

/** What cannot be done, in the command line's sentence. */
export interface Refusal {
  readonly text: string;
  /** Methods that may do, and policies for operations without a rule, as the sentence names them. */
  readonly methods: readonly MethodName[];
  readonly unknown: readonly UnknownPolicy[];
  /** Whether the model's file lacks its external data, which can be dropped too. */
  readonly lacksData: boolean;
}

/** What the network is, in short. */
export interface NetworkSummary {
  readonly name: string;
  readonly bytes: number;
  /** `image: 3 x 128 x 128` */
  readonly input: string;
  /** `scores: 16 classes` */
  readonly output: string;
  /** Operations that relevance goes through, the most frequent first. */
  readonly operations: readonly { readonly name: string; readonly count: number }[];
  /** Where scores are: of the whole picture, at places of it, or of boxes. */
  readonly answers: "classes" | "places" | "boxes";
  /** Names of the classes in index order; empty where there are none. */
  readonly labels: readonly string[];
  /** What is used where nothing is chosen. */
  readonly method: string;
  readonly composite: string;
  /** What blocks the usual method; undefined if nothing does. */
  readonly refusal: Refusal | undefined;
  /** How the network runs: `wasm, 4 threads`. */
  readonly runsOn: string;
}

export interface MethodChoice {
  readonly method?: MethodName | undefined;
  readonly composite?: CompositeName | undefined;
  /** What is done with operations that no rule covers. */
  readonly unknown?: UnknownPolicy | undefined;
}

export interface Question extends MethodChoice {
  /** As `--target` takes it, or a pixel of the picture as the network sees it. */
  readonly target?: string | { readonly x: number; readonly y: number } | undefined;
  readonly against?: string | undefined;
  /** A value of the network that relevance goes back to, in place of the picture. */
  readonly layer?: string | undefined;
}

/** A class, or a box, that can be explained. */
export interface Candidate {
  /** As `--target` takes it. */
  readonly target: string;
  readonly class: number;
  readonly name: string;
  readonly probability: number;
  readonly box: Rectangle | undefined;
  readonly places: number | undefined;
}

interface NamedWeight {
  readonly name: string;
  readonly weight: number;
}

/** Why the network says what it says of a picture: one map. */
export interface Answer {
  readonly top: readonly Candidate[];
  /** The picture as the network sees it; undefined for inputs that are none. */
  readonly picture: MapPicture | undefined;
  readonly name: string;
  readonly class: number;
  /** As `--target` takes it. */
  readonly target: string;
  readonly where: string | undefined;
  readonly against: string | undefined;
  readonly probability: number;
  readonly logit: number;
  readonly isNumber: boolean;
  readonly heatmap: Heatmap;
  readonly relevance: Float32Array;
  readonly shape: readonly number[];
  readonly sum: number;
  readonly seedScale: number;
  readonly convergenceDelta: number | undefined;
  readonly box: (Rectangle & { readonly positiveShare: number | undefined }) | undefined;
  /** The classes that SGLRP subtracts. */
  readonly rivals: readonly NamedWeight[];
  readonly caption: string;
  readonly method: string;
  readonly composite: string;
  readonly notes: readonly string[];
  readonly milliseconds: number;
}

/** Passes through the network, for methods that take many. */
export interface Passes {
  readonly done: number;
  readonly total: number;
}

export interface Engine {
  methods(): Promise<readonly MethodEntry[]>;
  /** @param files the model, and what belongs to it */
  open(files: readonly File[]): Promise<NetworkSummary>;
  explain(
    picture: File,
    question: Question,
    watch?: { readonly signal?: AbortSignal; readonly onPasses?: (passes: Passes) => void },
  ): Promise<Answer>;
  /** The relevance graph as an SVG, whose nodes have the attribute `data-value`. */
  drawGraph(choice: MethodChoice): Promise<string>;
  /** The network with its explanation, as an .onnx file. */
  compile(choice: MethodChoice & { readonly contrast: boolean }): Promise<Uint8Array<ArrayBuffer>>;
}

/** What an engine throws for what a user can meet. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.name = "RefusedError";
    this.refusal = refusal;
  }
}
