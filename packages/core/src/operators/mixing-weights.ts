/**
 * Which factor of a product of two signals holds attention's weights: whatever is made of the outputs of a Softmax by moving
 * elements, constant factors, sums, linear maps with constants (talking heads) and division by its own sum. A Sigmoid's
 * outputs count as well, as they do for gates (gate.ts).
 */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import { isSoft } from "./gate.ts";
import type { Site } from "./operator.ts";
import { isStatistic } from "./statistic.ts";
import { has, isOp, movesElements } from "./traits.ts";

/** @returns which of the two factors, 0 or 1; undefined where neither or both hold weights */
export function findWeights(site: Site): 0 | 1 | undefined {
  const [left, right] = [0, 1].map((index) => holdsWeights(site, inputOf(site.node, index), new Set()));
  if (left === right) return undefined;
  return left ? 0 : 1;
}

function holdsWeights(site: Site, value: string, seen: Set<string>): boolean {
  if (seen.has(value)) return true;
  seen.add(value);
  const node = site.producer(value);
  if (node === undefined) return false;
  if (isSoft(site, node)) return true;
  const signals = before(site, node);
  return signals.length > 0 && signals.every((signal) => holdsWeights(site, signal, seen));
}

/** The signals that the output of a node is made of in one of the ways above; none where it is made otherwise. */
function before(site: Site, node: Node): string[] {
  const signals = node.inputs.filter((input) => site.dependsOnImage(input));
  if (movesElements(node)) return [inputOf(node, 0)];
  if (has(node, "joins", "linear")) return signals;
  if (isOp(node, "Where")) return site.dependsOnImage(inputOf(node, 0)) ? [] : signals;
  if (isOp(node, "Div") && signals.length === 2) {
    const [left = "", right = ""] = node.inputs;
    return isStatistic(site, right, left, "any") ? [left] : [];
  }
  if (isOp(node, "Mul", "MatMul", "Einsum")) return signals;
  if (!isOp(node, "Div", "Conv", "Gemm", "BatchNormalization")) return [];
  const [signal = ""] = node.inputs;
  return signals.length === 1 && site.dependsOnImage(signal) ? [signal] : [];
}
