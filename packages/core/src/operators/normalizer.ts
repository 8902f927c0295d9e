/**
 * The normalizer of linear attention: what the weights of each query sum to, by which their mixture is divided.
 *
 *     O = phi(Q) (phi(K)^T V) / (phi(Q) sum(phi(K)))
 *
 * A divisor is one if dividend and divisor are parts of one value, as where V has a column of ones for it, or products with
 * one factor in common, phi(Q). Arithmetic with constants and sums over axes may follow.
 */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import type { Site } from "./operator.ts";
import { affineSignal, has, isOp, movesElements } from "./traits.ts";

export function isNormalizer(site: Site, divisor: string, dividend: string): boolean {
  const [below, above] = [sourceOf(site, divisor), sourceOf(site, dividend)];
  if (below === above) return site.producer(divisor) !== site.producer(dividend);
  const factors = factorsOf(site, above);
  return factorsOf(site, below).some((factor) => factors.includes(factor));
}

/** What a value is part of, or a sum of parts. */
function sourceOf(site: Site, value: string): string {
  for (let at = value; ; ) {
    const node = site.producer(at);
    const before = node && beforeParts(site, node);
    if (before === undefined) return at;
    at = before;
  }
}

function beforeParts(site: Site, node: Node): string | undefined {
  if (movesElements(node) || isOp(node, "ReduceSum", "Clip")) return inputOf(node, 0);
  return has(node, "arithmetic") ? affineSignal(node, site.dependsOnImage) : undefined;
}

/** What the factors of a product of two signals are parts of. */
function factorsOf(site: Site, value: string): string[] {
  const node = site.producer(value);
  if (node === undefined || !isOp(node, "MatMul", "Einsum", "Mul")) return [];
  return node.inputs.filter((input) => site.dependsOnImage(input)).map((input) => sourceOf(site, input));
}
