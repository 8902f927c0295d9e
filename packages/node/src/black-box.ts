import { type BlackBox, type BlackBoxOptions, openBlackBox } from "@onnx-lrp/core";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { openSession, runtime, type SessionOptions } from "./session.ts";

export type FileBlackBoxOptions = Omit<BlackBoxOptions, "openSession"> & SessionOptions;

/**
 * A network in a file as something that turns pictures into class scores.
 *
 * @param file a path, or a file that was read already
 */
export async function openFileBlackBox(
  file: string | ModelFile,
  options: FileBlackBoxOptions = {},
): Promise<BlackBox> {
  const source = typeof file === "string" ? readModelFile(file) : file;
  return openBlackBox(runtime, source.model, {
    ...options,
    openSession: (model) => openSession(model, source, options),
  });
}
