/** Whether a network that ends without Softmax or Sigmoid gives numbers and no class scores: embeddings, landmarks, angles. */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import { isOp } from "../operators/traits.ts";

const namesOfNumbers =
  /embed|descriptor|feature|landmark|keypoint|(^|[^a-z])(angles?|age|yaw|pitch|roll|pose|bbox|box(es)?|coords?|quality|regress\w*|depth|disparity)([^a-z]|$)/i;

/** @returns why a value is taken for numbers; undefined where nothing says so */
export function whyNumbers(
  output: string,
  value: string,
  producers: ReadonlyMap<string, Node>,
): string | undefined {
  if (isUnitLength(producers.get(value), producers))
    return "they are scaled to a length of 1, as embeddings are";
  const name = [output, value].find((text) => namesOfNumbers.test(text));
  return name === undefined ? undefined : `their name is "${name}"`;
}

/** x / |x|, written as LpNormalization or as a division by a norm that may be clipped, expanded or have a small number added. */
function isUnitLength(node: Node | undefined, producers: ReadonlyMap<string, Node>): boolean {
  if (node === undefined) return false;
  if (isOp(node, "LpNormalization")) return true;
  if (isOp(node, "Identity", "Flatten", "Reshape"))
    return isUnitLength(producers.get(inputOf(node, 0)), producers);
  if (!isOp(node, "Div")) return false;
  let divisor = producers.get(inputOf(node, 1));
  while (divisor !== undefined && isOp(divisor, "Clip", "Max", "Expand", "Add", "Identity")) {
    divisor = producers.get(inputOf(divisor, 0));
  }
  return divisor !== undefined && isOp(divisor, "ReduceL2") && inputOf(divisor, 0) === inputOf(node, 0);
}
