/** Texts in the folder of a run, which may be somebody else's. */
import { readBoundedText } from "@onnx-lrp/node/internal";

/**
 * @param what for errors: "plan"
 * @returns undefined where there is no such file
 * @throws UserError `input` for one that is no regular file, is larger than the limit or cannot be read
 */
export async function readRunText(path: string, what: string): Promise<string | undefined> {
  try {
    return await readBoundedText(path, { what, limit: "listFileBytes" });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
