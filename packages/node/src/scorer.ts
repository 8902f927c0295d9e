import { openScorer, type Scorer, type ScorerOptions } from "@onnx-lrp/core";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { runtime } from "./runtime.ts";
import { openSession, type SessionOptions } from "./session.ts";

/** Options of a scorer, and of its session. */
export type FileScorerOptions = Omit<ScorerOptions, "openSession"> & SessionOptions;

/**
 * A network in a file as something that turns pictures into class scores.
 *
 * @param file a path, or a file that was read already
 */
export async function openFileScorer(
  file: string | ModelFile,
  options: FileScorerOptions = {},
): Promise<Scorer> {
  const source = typeof file === "string" ? readModelFile(file) : file;
  return openScorer(runtime, source.model, {
    ...options,
    openSession: (model) => openSession(model, source, options),
  });
}
