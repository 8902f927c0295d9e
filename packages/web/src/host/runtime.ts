/** onnxruntime-web: which of its builds is loaded, and how it is set up. */
import type { Runtime } from "@onnx-lrp/core";
import type { Env } from "onnxruntime-common";

/** What runs networks in a browser. */
export type WebProvider = "webgpu" | "wasm";

/** How onnxruntime runs a model in a browser. */
export interface WebSessionOptions {
  /** In the order of preference; default WebGPU where there is a GPU for it, else wasm. */
  readonly providers?: readonly WebProvider[] | undefined;
  /** Threads of wasm, where the page is isolated (`crossOriginIsolated`); default: as many as there are cores. */
  readonly threads?: number | undefined;
  /** Told, in a sentence, when a provider is missing or its numbers are wrong, and the next one serves. */
  readonly onFallback?: ((sentence: string) => void) | undefined;
  /** Where onnxruntime's wasm files lie, if the page's bundler did not put them where they are looked for. */
  readonly wasmPaths?: Env.WasmFilePaths | undefined;
}

export interface WebRuntime {
  readonly ort: Runtime;
  /** Those that are there, in the order of preference; wasm always is. */
  readonly providers: readonly WebProvider[];
}

/** Loads the build without WebGPU, which is half as large, where there is no GPU. */
export async function loadRuntime(options: WebSessionOptions): Promise<WebRuntime> {
  const wanted = options.providers ?? ["webgpu", "wasm"];
  const gpu = wanted.includes("webgpu") && (await hasGpu(options));
  const { env, ...ort } = gpu ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
  env.logLevel = "fatal";
  env.wasm.numThreads = globalThis.crossOriginIsolated
    ? (options.threads ?? navigator.hardwareConcurrency)
    : 1;
  if (options.wasmPaths !== undefined) env.wasm.wasmPaths = options.wasmPaths;
  return { ort, providers: gpu ? ["webgpu", "wasm"] : ["wasm"] };
}

/** Adapters that compute on the CPU are slower than wasm, and used only where WebGPU is asked for. */
async function hasGpu({ providers, onFallback }: WebSessionOptions): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (adapter && (providers !== undefined || !adapter.info.isFallbackAdapter)) return true;
  if (providers !== undefined) {
    onFallback?.('The execution provider "webgpu" is not available in this browser; using wasm instead.');
  }
  return false;
}
