/** Messages between a page and the worker of a network. All of them are plain data, which a message clones. */
import type {
  ErrorKind,
  ErrorSubject,
  ExplainedInput,
  ExplainOptions,
  LabelledNetworkOptions,
  MethodSettings,
  PictureSource,
  Progress,
  Remedy,
} from "@onnx-lrp/network/portable";
import type { Fact, Preprocess } from "@onnx-lrp/pictures";
import type { InspectedNetwork } from "../host/inspect.ts";
import type { WebProvider, WebSessionOptions } from "../host/runtime.ts";
import type { ModelSource } from "../host/sources.ts";

/** `HostOptions` without what is no data. */
interface OpenData extends LabelledNetworkOptions, Omit<WebSessionOptions, "onFallback"> {
  readonly files?: readonly File[] | undefined;
}

/** `ExplainOptions` without what is no data. */
type ExplainData = Omit<ExplainOptions, "signal" | "onProgress">;

/** What is asked of the worker. The first call opens the network. */
export type Call =
  | { readonly kind: "open"; readonly model: ModelSource; readonly options: OpenData }
  | { readonly kind: "explain"; readonly pictures: readonly PictureSource[]; readonly options: ExplainData }
  | { readonly kind: "inspect"; readonly settings: MethodSettings }
  | {
      readonly kind: "compile";
      readonly settings: MethodSettings & { readonly contrast?: boolean | undefined };
    };

/** What is known of the network once it is open. */
export interface OpenedFacts {
  readonly path: string;
  readonly preprocess: Fact<Preprocess>;
  readonly provider: WebProvider;
}

/** What comes of each call. */
export interface Results {
  readonly open: OpenedFacts;
  readonly explain: readonly ExplainedInput[];
  readonly inspect: Omit<InspectedNetwork, "problems"> & { readonly problems: readonly UserErrorData[] };
  readonly compile: Uint8Array<ArrayBuffer>;
}

/** From the page. */
export interface Request {
  readonly id: number;
  readonly call: Call;
}

/** From the worker. */
export type Reply =
  | { readonly kind: "done"; readonly id: number; readonly result: Results[Call["kind"]] }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorData }
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "notice"; readonly sentence: string };

/** An error, which a message would strip of everything but its text. */
export type ErrorData =
  | UserErrorData
  | { readonly kind: "fault"; readonly message: string; readonly stack: string | undefined };

/** What a `UserError` is made of. */
export interface UserErrorData {
  readonly kind: "user";
  readonly errorKind: ErrorKind;
  readonly reason: string;
  readonly subject: ErrorSubject;
  readonly remedies: readonly Remedy[];
}
