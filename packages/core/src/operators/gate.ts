/**
 * Which factor of a product is the gate, by the first of these that holds of one factor alone:
 *
 * 1. It is a statistic or an elementwise function of the other (statistic.ts): the product is a normalization, or an
 *    activation written out (SiLU, Gelu, HardSwish, Mish).
 * 2. It was made by a Sigmoid, HardSigmoid or Softmax, or by one of these written out with Exp, with nothing but changes
 *    of shape, choices of elements and products with other gates after it.
 * 3. The same after arithmetic with constants (1 + sigmoid(x), 2 sigmoid(x)).
 * 4. It is a hard sigmoid written out: an affine function clipped from both sides, and arithmetic with constants after it.
 * 5. It was made by a Tanh, as in 3.
 * 6. It was made by a rectifier (Relu or one of its leaky, smooth and clipped variants), with no more than arithmetic with constants after it, both have one
 *    shape, and the other is not computed from it (gated linear units: ReGLU, GEGLU). Papers on attention hold this one to be
 *    a product of two signals instead (Achtibat et al. 2024).
 */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import type { Site } from "./operator.ts";
import { sameDims } from "./size.ts";
import { isStatistic } from "./statistic.ts";
import { affineSignal, has, isOp, isRectifier, movesElements } from "./traits.ts";

/** Of a product with a gate: the index of the signal, and whether the gate is one only by the last of the criteria. */
export interface Gated {
  readonly signal: 0 | 1;
  readonly byActivation: boolean;
}

/** @returns undefined where neither or both of the factors look like a gate */
export function findGate(site: Site): Gated | undefined {
  const [left = "", right = ""] = site.node.inputs;
  if (isStatistic(site, right, left, "any")) return { signal: 0, byActivation: false };
  if (isStatistic(site, left, right, "any")) return { signal: 1, byActivation: false };
  const signs: readonly ((value: string, other: string) => boolean)[] = [
    (value) => isMade(site, value, false, isSoft),
    (value) => isMade(site, value, true, isSoft),
    (value) => isMade(site, value, true, isHard),
    (value) => isMade(site, value, true, (_, node) => isOp(node, "Tanh")),
  ];
  const isActivated = (value: string, other: string) =>
    isAlike(site, value, other) && isRectified(site, value) && !isUsedFor(site, value, other);
  for (const isGate of [...signs, isActivated]) {
    const found = [isGate(left, right), isGate(right, left)];
    if (found[0] !== found[1]) return { signal: found[0] ? 1 : 0, byActivation: isGate === isActivated };
  }
  return undefined;
}

type Test = (site: Site, node: Node) => boolean;

/** Whether a value was made by a node that passes the test, but for what moves elements, or is arithmetic too. */
function isMade(site: Site, value: string, arithmetic: boolean, test: Test): boolean {
  const node = site.producer(value);
  if (node === undefined) return false;
  if (test(site, node)) return true;
  const again = (input: string) => isMade(site, input, arithmetic, test);
  if (movesElements(node)) return again(inputOf(node, 0));
  const signals = node.inputs.filter((input) => site.dependsOnImage(input));
  if (has(node, "joins") || (isOp(node, "Mul") && signals.length === 2)) return signals.every(again);
  const signal = arithmetic ? arithmeticSignal(site, node) : undefined;
  return signal !== undefined && again(signal);
}

/** Whether a node is a Sigmoid, HardSigmoid or Softmax, or the last one of those that write one out with Exp. */
export function isSoft(site: Site, node: Node): boolean {
  if (has(node, "boundedGate")) return true;
  const [left = "", right = ""] = node.inputs;
  // 1 / (1 + exp(-x))
  if (isOp(node, "Reciprocal")) return isOnePlusExp(site, left);
  if (!isOp(node, "Div")) return false;
  if (!site.dependsOnImage(left)) return isOnePlusExp(site, right);
  // exp(x) / sum(exp(x))
  const sum = site.producer(right);
  return sum?.op === "ReduceSum" && sum.inputs[0] === left && site.producer(left)?.op === "Exp";
}

function isOnePlusExp(site: Site, value: string): boolean {
  const sum = site.producer(value);
  if (sum?.op !== "Add") return false;
  const term = signalOf(site, sum);
  return term !== undefined && site.producer(term)?.op === "Exp";
}

/** Bounded from above and below by a Clip, or by Min and by Max or Relu, of an affine function. */
function isHard(site: Site, node: Node): boolean {
  let [above, below] = [false, false];
  let at: Node | undefined = node;
  for (;;) {
    const before = signalOf(site, at);
    if (before === undefined) return false;
    if (isOp(at, "Clip")) {
      below ||= inputOf(at, 1) !== "";
      above ||= inputOf(at, 2) !== "";
    } else if (isOp(at, "Min")) above = true;
    else if (isOp(at, "Max", "Relu")) below = true;
    else return above && below && arithmeticSignal(site, at) !== undefined;
    at = site.producer(before);
    while (at !== undefined && movesElements(at)) at = site.producer(inputOf(at, 0));
    if (at === undefined) return false;
  }
}

/** The one input of a node that is not a constant; undefined where several are signals. */
function signalOf(site: Site, node: Node): string | undefined {
  const signals = node.inputs.filter((input) => site.dependsOnImage(input));
  return signals.length === 1 ? signals[0] : undefined;
}

/** The one signal that arithmetic with constants makes an affine function of. */
function arithmeticSignal(site: Site, node: Node): string | undefined {
  return has(node, "arithmetic") ? affineSignal(node, site.dependsOnImage) : undefined;
}

/** Made by one of the activations, or by a product with its own gate, as SiLU and Gelu are written out. */
function isRectified(site: Site, value: string): boolean {
  const node = site.producer(value);
  if (node === undefined) return false;
  if (isRectifier(node, site.dependsOnImage)) return true;
  const [left = "", right = ""] = node.inputs;
  if (isOp(node, "Mul") && [left, right].every((input) => site.dependsOnImage(input))) {
    return isStatistic(site, right, left, "elementwise") || isStatistic(site, left, right, "elementwise");
  }
  const signal = arithmeticSignal(site, node);
  return signal !== undefined && isRectified(site, signal);
}

/** Of one shape, and not by repetition. */
function isAlike(site: Site, value: string, other: string): boolean {
  const isRepeated = (name: string) => {
    const node = site.producer(name);
    return node !== undefined && has(node, "repeats");
  };
  if (isRepeated(value) || isRepeated(other)) return false;
  return sameDims(site.shape(value), site.shape(other));
}

/** Whether `result` is computed from `value`, among other things. */
function isUsedFor(site: Site, value: string, result: string): boolean {
  const pending = [result];
  const seen = new Set<string>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === value) return true;
    if (seen.has(next) || !site.dependsOnImage(next)) continue;
    seen.add(next);
    pending.push(...(site.producer(next)?.inputs ?? []));
  }
  return false;
}
