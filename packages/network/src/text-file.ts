import { readFile } from "node:fs/promises";
import { UserError } from "@onnx-lrp/onnx-loader/error";

/** @param what the file is, for the error @throws UserError `usage` where it cannot be read */
export async function readTextFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code || String(cause)})`;
    throw new UserError("usage", `The ${what} "${path}" ${why}.`, { subject: { file: path }, cause });
  }
}
