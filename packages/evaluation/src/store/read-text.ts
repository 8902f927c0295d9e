/** Texts in the folder of a run, which may be somebody else's. */
import { readBoundedText } from "@onnx-lrp/node/internal";
import { hasCode } from "../has-code.ts";

/**
 * @param what for errors: "plan"
 * @returns undefined where there is no such file
 * @throws UserError `input` for one that is no regular file, is larger than the limit or cannot be read
 */
export async function readRunText(path: string, what: string): Promise<string | undefined> {
  try {
    return await readBoundedText(path, { what, limit: "listFileBytes" });
  } catch (error) {
    if (error instanceof Error && hasCode(error.cause, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
