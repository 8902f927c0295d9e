/** Messages between the page and its worker. */
import type {
  Answer,
  MethodChoice,
  MethodEntry,
  NetworkSummary,
  Passes,
  Question,
  Refusal,
} from "./engine.ts";

/** What the worker does, by name: its argument and its result. */
export interface Calls {
  readonly methods: { readonly asks: null; readonly gives: readonly MethodEntry[] };
  readonly open: { readonly asks: readonly File[]; readonly gives: NetworkSummary };
  readonly explain: {
    readonly asks: { readonly picture: File; readonly question: Question };
    readonly gives: Answer;
  };
  readonly drawGraph: { readonly asks: MethodChoice; readonly gives: string };
  readonly compile: {
    readonly asks: MethodChoice & { readonly contrast: boolean };
    readonly gives: Uint8Array<ArrayBuffer>;
  };
}

export type CallName = keyof Calls;

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  readonly asks: unknown;
}

export type ReplyMessage =
  | { readonly id: number; readonly kind: "gives"; readonly gives: unknown }
  | { readonly id: number; readonly kind: "passes"; readonly passes: Passes }
  | { readonly id: number; readonly kind: "refuses"; readonly refusal: Refusal };
