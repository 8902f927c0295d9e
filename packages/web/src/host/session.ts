/** Sessions of onnxruntime-web for explanation models, whose weights stay in the file they came from until they are loaded. */
import type { OpenSession } from "@onnx-lrp/core/internal";
import { type Model, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { allTensors, isExternal, runtimeMessage } from "@onnx-lrp/onnx-loader/internal";
import type { InferenceSession } from "onnxruntime-common";
import { checkedSession } from "./checked-session.ts";
import { readBytes } from "./files.ts";
import type { WebModel } from "./model-file.ts";
import type { WebProvider, WebRuntime } from "./runtime.ts";

/**
 * Opens sessions on the first provider; on WebGPU only as long as it gives the numbers of wasm.
 *
 * @param onFallback told, in a sentence, when wasm serves in the place of WebGPU
 */
export function sessionOpener(
  runtime: WebRuntime,
  file: WebModel,
  onFallback: ((sentence: string) => void) | undefined,
): OpenSession {
  return async (model) => {
    const open = (provider: WebProvider) => openSession(runtime, model, file, provider);
    if (runtime.providers[0] !== "webgpu") return open("wasm");
    const wasm = await open("wasm");
    try {
      return checkedSession({ fast: await open("webgpu"), sure: wasm, onFallback });
    } catch (error) {
      onFallback?.(`WebGPU cannot run the explanation (${runtimeMessage(error)}); wasm runs it.`);
      return wasm;
    }
  };
}

/** @throws UserError `run` when onnxruntime refuses the model, or memory does not suffice */
async function openSession(
  { ort }: WebRuntime,
  model: Model,
  file: WebModel,
  provider: WebProvider,
): Promise<InferenceSession> {
  const { own, read, data } = file;
  const bytes = writeModel(model, {
    ...{ kind: "reference", location: own, source: read.bytes, placeOf: read.placeOf },
  });
  const beside = allTensors(model.graph).filter(isExternal);
  const locations = new Set([own, ...beside.map(({ storage }) => storage.location)]);
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      externalData: await Promise.all(
        [...locations].map(async (path) => ({
          path,
          data: await readBytes(data.get(path) ?? file.blob, path, { what: "model", kind: "model" }),
        })),
      ),
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = `onnxruntime cannot load the explanation of "${file.path}": ${runtimeMessage(cause)}`;
    throw new UserError("run", reason, { subject: { file: file.path }, cause });
  }
}
