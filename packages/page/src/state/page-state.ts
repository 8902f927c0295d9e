/** All that the page shows. */
import type { Answer, MethodChoice, MethodEntry, NetworkSummary, Passes, Refusal } from "../engine/engine.ts";

type NetworkState =
  | { readonly kind: "none" }
  | { readonly kind: "opening"; readonly name: string }
  | { readonly kind: "open"; readonly summary: NetworkSummary; readonly shipped: string | undefined }
  | { readonly kind: "refused"; readonly name: string; readonly refusal: Refusal };

export interface PictureState {
  readonly name: string;
  readonly file: File;
  /** Of the file, to be shown; undefined for arrays. */
  readonly address: string | undefined;
  readonly shipped: string | undefined;
}

/** What goes on with a question. */
type AnswerState =
  | { readonly kind: "none" }
  | { readonly kind: "shown"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export type LayerState =
  | { readonly kind: "waiting"; readonly value: string }
  | { readonly kind: "shown"; readonly value: string; readonly answer: Answer }
  | { readonly kind: "refused"; readonly value: string; readonly refusal: Refusal };

export interface PageState {
  readonly methods: readonly MethodEntry[];
  readonly network: NetworkState;
  readonly picture: PictureState | undefined;
  readonly choice: MethodChoice;
  readonly target: string | { readonly x: number; readonly y: number } | undefined;
  readonly against: string | undefined;
  readonly answer: AnswerState;
  /** What the engine does for the question; undefined while it rests. */
  readonly working: { readonly passes: Passes | undefined } | undefined;
  readonly graph: { readonly svg: string } | undefined;
  readonly graphShown: boolean;
  readonly layer: LayerState | undefined;
  /** The place of the picture that is pointed at, from 0 to 1 along both sides: the layer's map shows it too. */
  readonly probe: { readonly x: number; readonly y: number } | undefined;
  /** A sentence on something that went wrong beside the question, such as a file that is none. */
  readonly notice: string | undefined;
}

export const firstState: PageState = {
  methods: [],
  network: { kind: "none" },
  picture: undefined,
  choice: {},
  target: undefined,
  against: undefined,
  answer: { kind: "none" },
  working: undefined,
  graph: undefined,
  graphShown: false,
  layer: undefined,
  probe: undefined,
  notice: undefined,
};
