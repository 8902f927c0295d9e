import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";

/**
 * The highest and the lowest number along the last axis, which stays with a size of 1.
 *
 * TopK is the same in every opset since 11; ReduceMax and ReduceMin are not.
 */
export function emitExtremes(
  tape: Tape,
  value: string,
): { readonly highest: string; readonly lowest: string } {
  const [highest = ""] = tape.emitMany("TopK", [value, tape.ints([1])], 2);
  const [lowest = ""] = tape.emitMany("TopK", [value, tape.ints([1])], 2, { largest: int(0) });
  return { highest, lowest };
}
