/** The explanation model of a network as the bytes of one .onnx file, the same as the command line's. */
import type { ExplanationOptions } from "@onnx-lrp/core";
import { prepareExplanation } from "@onnx-lrp/core/internal";
import type { KnownNetwork } from "@onnx-lrp/network/portable";
import { textRemedy, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { readBytes } from "./files.ts";
import { type WebModel, withWeightsInside } from "./model-file.ts";

/** @throws UserError `usage`, `unsupported`, `output` */
export async function explanationBytes(
  { file, platform }: KnownNetwork<WebModel>,
  options: ExplanationOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const sourceHash = await hashOf(file);
  const { compiled } = await prepareExplanation(file.model, platform.runtime, { ...options, sourceHash });
  return new Uint8Array(writeModel(await withWeightsInside(compiled.model, file)));
}

/** SHA-256 in hexadecimal digits. */
async function hashOf({ blob, path }: WebModel): Promise<string> {
  // Pages that did not come by https, nor from this machine, have no cryptography.
  if (globalThis.crypto?.subtle === undefined) {
    throw new UserError("output", "A page that did not come by https cannot compute the hash of a model.", {
      remedies: [textRemedy("serve the page by https")],
    });
  }
  const bytes = await readBytes(blob, path, { what: "model", kind: "model" });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
