/** What onnxruntime's error says, without the places in its own source and the types of its own functions. */
export function runtimeMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const plain = message
    .replaceAll(/(\/\S+\/)?\w+\.(cc|h|cpp):\d+\s+[^\n]*?\)\s(?:const\s)?(?:\[with[^\]]*\]\s)?/g, "")
    .replaceAll(/\[ONNXRuntimeError\]\s*:\s*\d+\s*:\s*\w+\s*:\s*/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return plain === "" ? message.trim() : plain;
}
