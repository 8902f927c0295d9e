/** What a browser does for a network. */

import type { OpenSession } from "@onnx-lrp/core/internal";
import { type KnownNetwork, knowNetwork, type Platform } from "@onnx-lrp/network/portable";
import { readModel, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { readSelfDescription } from "@onnx-lrp/pictures";
import * as ort from "onnxruntime-web/wasm";

const folder = new URL("../ort/", import.meta.url).href;
ort.env.wasm.wasmPaths = {
  mjs: `${folder}ort-wasm-simd-threaded.mjs`,
  wasm: `${folder}ort-wasm-simd-threaded.wasm`,
};
ort.env.logLevel = "fatal";

async function decoded(file: string | { name: string; bytes: Uint8Array }) {
  if (typeof file === "string") throw new UserError("input", `"${file}" is no file here.`);
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(file.bytes)])).catch(() => {
    throw new UserError("input", `"${file.name}" is no picture that this browser can read.`, {
      subject: { file: file.name },
    });
  });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context?.drawImage(bitmap, 0, 0);
  const data = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(data.subarray(i * 4, i * 4 + 3), i * 3);
  return { width, height, rgb };
}

const no = () => Promise.reject(new UserError("usage", "There are no files here."));

export const platform: Platform = {
  runtime: ort,
  readText: no,
  readPreprocess: no,
  readArray: no,
  readFeeds: async () => ({}),
  isPictureFile: () => true,
  decodePicture: async (file) => ({ picture: await decoded(file), notes: [] }) as never,
  decodeForChannels: async (file) => ({ kind: "colours", picture: await decoded(file), notes: [] }) as never,
  pictureSize: decoded,
};

export interface OpenFile {
  readonly known: KnownNetwork;
  /** Of the model's file. */
  readonly bytes: number;
  /** SHA-256 of the file. */
  readonly hash: () => Promise<string>;
}

export async function openFiles([file]: readonly File[]): Promise<OpenFile> {
  if (file === undefined) throw new UserError("model", "There is no model.");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const model = readModel(bytes, file.name);
  const known = await knowNetwork(platform, { path: file.name, model }, readSelfDescription(model, []));
  const hash = async () => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  return { known, bytes: file.size, hash };
}

export function openSession({ file }: KnownNetwork): OpenSession {
  return async (model) => {
    try {
      return await ort.InferenceSession.create(writeModel(model), {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
      });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new UserError("run", `onnxruntime cannot load the explanation of "${file.path}": ${message}`);
    }
  };
}

export function runsOn(): string {
  return crossOriginIsolated ? "wasm with threads" : "wasm, one thread";
}
