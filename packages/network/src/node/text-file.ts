/** @param what the file is, for the error @throws UserError `usage` where it cannot be read */
export async function readTextFile(path: string, what: string): Promise<string> {
  const { readBoundedText } = await import("@onnx-lrp/node/internal");
  return readBoundedText(path, { what, limit: "textFileBytes", kind: "usage" });
}
