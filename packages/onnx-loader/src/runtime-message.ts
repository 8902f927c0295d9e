/** No sentence quotes more of what onnxruntime says, which quotes names from the file. */
const longest = 400;

/** A place in onnxruntime's source with its path, then the signature of the function: `/a/b.cc:12 void f(int) [with T = int] `. */
const longPlace =
  /\/[^\s:]*\/[\w.-]+\.(?:cc|cpp|cu|cuh|h|hpp|inc):\d+\s+[^\n]*?\)\s(?:const\s)?(?:\[with[^\]]*\]\s)?/g;

/** The same without its path, and then the function by its name alone: `b.cc:12 Compute `, `b.cc:12 operator() `. */
const shortPlace = /\b[\w-]+\.(?:cc|cpp|cu|cuh|h|hpp|inc):\d+\s+(?:[\w:~<>]+(?:\(\))?\s)?/g;

/** What onnxruntime's error says, without the places in its own source and the types of its own functions. */
export function runtimeMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const plain = message
    .replaceAll(longPlace, "")
    .replaceAll(shortPlace, "")
    .replaceAll(/\/onnxruntime_src\/\S*/g, "")
    .replaceAll(/\[ONNXRuntimeError\]\s*:\s*\d+\s*:\s*\w+\s*:\s*/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const text = plain === "" ? message.trim() : plain;
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
