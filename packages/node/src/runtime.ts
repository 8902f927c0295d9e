/** Which onnxruntime runs the models: the native one, or its wasm where that cannot be loaded. */
import { createRequire } from "node:module";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import type * as ort from "onnxruntime-node";

/** `native`: onnxruntime-node. `wasm`: onnxruntime-web, which runs on every machine, some times slower and on the CPU only. */
export const runtimeKinds = ["native", "wasm"] as const;

/** The native onnxruntime, or wasm. */
export type RuntimeKind = (typeof runtimeKinds)[number];

const packages = { native: "onnxruntime-node", wasm: "onnxruntime-web" } as const;

/** An onnxruntime that is loaded. */
export interface LoadedRuntime {
  readonly kind: RuntimeKind;
  readonly ort: Pick<typeof ort, "InferenceSession" | "Tensor" | "env">;
  /** Why it is not the native one, as a sentence, where nobody asked for it. */
  readonly notice: string | undefined;
}

/**
 * Loads the runtime that is wanted; if none is, the native one, or where that cannot be loaded wasm.
 *
 * @param load what `require` does
 * @throws UserError `run` where there is none, `usage` where the one that is wanted cannot be loaded
 */
export function loadRuntime(wanted: RuntimeKind | undefined, load: (name: string) => unknown): LoadedRuntime {
  const open = (kind: RuntimeKind, notice?: string): LoadedRuntime => {
    const loaded = load(packages[kind]) as LoadedRuntime["ort"];
    // onnxruntime reports a failure by an error and in its log too, in red letters. The level holds from the first session
    // of a process on, so it is set before any can be made.
    loaded.env.logLevel = "fatal";
    return { kind, ort: loaded, notice };
  };
  const attempt = (kind: RuntimeKind, notice?: string): LoadedRuntime | Error => {
    try {
      return open(kind, notice);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  const first = attempt(wanted ?? "native");
  if (!(first instanceof Error)) return first;
  const why = first.message.split("\n")[0] ?? "";
  if (wanted !== undefined) {
    throw new UserError("usage", `${packages[wanted]} cannot be loaded (${why}).`, {
      subject: { option: "runtime" },
      remedies: [textRemedy(`install the package ${packages[wanted]}`)],
      cause: first,
    });
  }
  const second = attempt(
    "wasm",
    `onnxruntime-node cannot be loaded (${why}); onnxruntime-web's wasm runs the network, which takes longer.`,
  );
  if (!(second instanceof Error)) return second;
  throw new UserError("run", `onnxruntime-node cannot be loaded on this machine (${why}).`, {
    remedies: [textRemedy("install the package onnxruntime-web, whose wasm runs on every machine")],
    cause: first,
  });
}

/** Where the choice is kept, so that processes that this one starts have it too. */
const variable = "ONNX_LRP_RUNTIME";

let loaded: LoadedRuntime | undefined;

/**
 * Chooses the runtime of this process, and of those that it starts.
 *
 * @throws UserError `usage` if the other one is in use already
 */
export function useRuntime(kind: RuntimeKind): void {
  if (loaded !== undefined && loaded.kind !== kind) {
    throw new UserError("usage", `The runtime cannot be ${kind}: ${loaded.kind} is in use already.`, {
      subject: { option: "runtime" },
    });
  }
  process.env[variable] = kind;
}

/** The runtime of this process, which is loaded when it is first needed. @throws UserError as `loadRuntime` */
export function currentRuntime(): LoadedRuntime {
  loaded ??= loadRuntime(
    runtimeKinds.find((kind) => kind === process.env[variable]),
    createRequire(import.meta.url),
  );
  return loaded;
}

/** The same, as core wants it. */
export const runtime: Pick<typeof ort, "InferenceSession" | "Tensor"> = {
  get InferenceSession() {
    return currentRuntime().ort.InferenceSession;
  },
  get Tensor() {
    return currentRuntime().ort.Tensor;
  },
};
