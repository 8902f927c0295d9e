/**
 * Normalizations written out: x less its own mean, x over its own deviation or norm. A statistic of a signal is what
 * elementwise functions and reductions make of it alone; like the statistics inside of a LayerNormalization it gets no
 * relevance, which all passes to the signal.
 */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import type { Site } from "./operator.ts";
import { affineSignal, has, isOp, keepsElements } from "./traits.ts";

type Kind = "any" | "reduced" | "elementwise";

/**
 * Whether `value` is a statistic of `signal`.
 *
 * @param kind `reduced` over whole axes, `elementwise`, or `any`, which is either or of neighbourhoods too
 */
export function isStatistic(site: Site, value: string, signal: string, kind: Kind): boolean {
  return isMadeFrom(site, value, sameSignal(site, signal), kind);
}

function isMadeFrom(site: Site, value: string, bases: ReadonlySet<string>, kind: Kind): boolean {
  const pending = [value];
  const seen = new Set<string>();
  let reduced = false;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (bases.has(next) || seen.has(next) || !site.dependsOnImage(next)) continue;
    seen.add(next);
    const node = site.producer(next);
    if (node === undefined || !isAllowed(node, kind)) return false;
    reduced ||= has(node, "reduction");
    pending.push(...node.inputs);
  }
  return kind !== "reduced" || reduced;
}

function isAllowed(node: Node, kind: Kind): boolean {
  if (has(node, "elementwise", "repeats") || keepsElements(node)) return true;
  if (kind !== "elementwise" && has(node, "reduction")) return true;
  // A neighbourhood's statistic, as of local response normalization, pads what is at the edges.
  return kind === "any" && (has(node, "neighbourhood") || isOp(node, "Pad"));
}

/** Whether `value` is c - s or -s for a statistic s of `signal` and a constant c: signal + value is signal - s + c. */
export function isSubtractedStatistic(site: Site, value: string, signal: string): boolean {
  return isSubtracted(site, value, sameSignal(site, signal));
}

function isSubtracted(site: Site, value: string, bases: ReadonlySet<string>): boolean {
  const node = site.producer(value);
  if (node === undefined) return false;
  const [left = "", right = ""] = node.inputs;
  if (isOp(node, "Neg")) return isMadeFrom(site, left, bases, "reduced");
  return isOp(node, "Sub") && !site.dependsOnImage(left) && isMadeFrom(site, right, bases, "reduced");
}

/**
 * The value and those before it that pass their whole relevance to it: through changes of shape, arithmetic with
 * constants, and its own gates and statistics.
 */
function sameSignal(site: Site, value: string): Set<string> {
  const found = new Set<string>();
  for (let next: string | undefined = value; next !== undefined; next = signalBefore(site, next)) {
    found.add(next);
  }
  return found;
}

function signalBefore(site: Site, value: string): string | undefined {
  const plain = throughConstants(site, value);
  if (plain !== undefined) return plain;
  const node = site.producer(value);
  if (node === undefined || !isOp(node, "Add", "Sub", "Mul", "Div")) return undefined;
  const [left = "", right = ""] = node.inputs;
  // Without their own gates and statistics, or the search would not end for a long chain of them.
  const bases = (signal: string) => {
    const found = new Set<string>();
    for (let next: string | undefined = signal; next !== undefined; next = throughConstants(site, next)) {
      found.add(next);
    }
    return found;
  };
  if (![left, right].every((input) => site.dependsOnImage(input))) return undefined;
  if (node.op === "Add") {
    if (isSubtracted(site, right, bases(left))) return left;
    return isSubtracted(site, left, bases(right)) ? right : undefined;
  }
  if (isMadeFrom(site, right, bases(left), node.op === "Sub" ? "reduced" : "any")) return left;
  return node.op === "Mul" && isMadeFrom(site, left, bases(right), "any") ? right : undefined;
}

/** The signal of a change of shape, or of arithmetic with a constant. */
function throughConstants(site: Site, value: string): string | undefined {
  const node = site.producer(value);
  if (node === undefined) return undefined;
  if (has(node, "arithmetic")) return affineSignal(node, site.dependsOnImage);
  const input = inputOf(node, 0);
  return keepsElements(node) && site.dependsOnImage(input) ? input : undefined;
}
