import { type Model, type SessionFactory, writeModel } from "@onnx-lrp/onnx-loader";
import { createSession } from "@onnx-lrp/onnx-loader/internal";
import type { InferenceSession, TensorConstructor } from "onnxruntime-common";

/** What of onnxruntime is needed: pass the module itself, onnxruntime-node or onnxruntime-web. */
export interface Runtime extends SessionFactory {
  readonly Tensor: TensorConstructor;
}

/** Opens a session for an explanation model; given by whoever knows about files, providers and threads. */
export type OpenSession = (model: Model) => Promise<InferenceSession>;

const failure = { kind: "run", what: "onnxruntime cannot load the network or its explanation" } as const;

/** The caller's way to open sessions, or else the runtime's own, with its own options. */
export function sessionOpener(runtime: Runtime, given: OpenSession | undefined): OpenSession {
  return given ?? ((model) => createSession(runtime, writeModel(model), {}, failure));
}
