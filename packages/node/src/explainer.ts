import { createExplainer, type Explainer, type ExplainerOptions } from "@onnx-lrp/core";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { runtime } from "./runtime.ts";
import { openSession, type SessionOptions } from "./session.ts";

/** Options of an explainer, and of its session. */
export type FileExplainerOptions = Omit<ExplainerOptions, "openSession"> & SessionOptions;

/**
 * Makes an explainer for a network in a file.
 *
 * @param file a path, or a file that was read already
 */
export async function openExplainer(
  file: string | ModelFile,
  options: FileExplainerOptions = {},
): Promise<Explainer> {
  const source = typeof file === "string" ? readModelFile(file) : file;
  return createExplainer(runtime, source.model, {
    ...options,
    openSession: (model) => openSession(model, source, options),
  });
}
