/**
 * Normalizations written out: x less its own mean, x over its own deviation or norm. A statistic of a signal is what
 * elementwise functions and reductions make of it alone; like the statistics inside of a LayerNormalization it gets no
 * relevance, which all passes to the signal.
 */
import type { Site } from "./operator.ts";

/** Operations that hold every element of their first input, once. */
const wholeShape = new Set([
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Transpose",
  "Identity",
  "Cast",
  "Dropout",
]);
const elementwise = new Set([
  ...["Abs", "Add", "And", "Cast", "Celu", "Clip", "Div", "Dropout", "Elu", "Equal", "Erf", "Exp", "Expand"],
  ...["Gelu", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Less"],
  ...["LessOrEqual", "Log", "Max", "Min", "Mish", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "Relu"],
  ...["Selu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tanh", "Where"],
  ...["ThresholdedRelu"],
]);
const reductions = new Set([
  ...["GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "ReduceL1", "ReduceL2", "ReduceLogSumExp"],
  ...["ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare"],
]);
/** Statistics of an element's neighbourhood, as of local response normalization. */
const windows = new Set(["AveragePool", "LpPool", "Pad"]);

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
  const open = [value];
  const seen = new Set<string>();
  let reduced = false;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (bases.has(next) || seen.has(next) || !site.dependsOnImage(next)) continue;
    seen.add(next);
    const node = site.producer(next);
    if (node === undefined || node.domain !== "") return false;
    const allowed =
      elementwise.has(node.op) ||
      wholeShape.has(node.op) ||
      (kind !== "elementwise" && reductions.has(node.op)) ||
      (kind === "any" && windows.has(node.op));
    if (!allowed) return false;
    reduced ||= reductions.has(node.op);
    open.push(...node.inputs);
  }
  return kind !== "reduced" || reduced;
}

/** Whether `value` is c - s or -s for a statistic s of `signal` and a constant c: signal + value is signal - s + c. */
export function isSubtractedStatistic(site: Site, value: string, signal: string): boolean {
  return isSubtracted(site, value, sameSignal(site, signal));
}

function isSubtracted(site: Site, value: string, bases: ReadonlySet<string>): boolean {
  const node = site.producer(value);
  if (node === undefined || node.domain !== "") return false;
  const [left = "", right = ""] = node.inputs;
  if (node.op === "Neg") return isMadeFrom(site, left, bases, "reduced");
  return node.op === "Sub" && !site.dependsOnImage(left) && isMadeFrom(site, right, bases, "reduced");
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

const arithmetic = new Set(["Add", "Sub", "Mul", "Div"]);

function signalBefore(site: Site, value: string): string | undefined {
  const plain = throughConstants(site, value);
  if (plain !== undefined) return plain;
  const node = site.producer(value);
  if (node === undefined || node.domain !== "" || !arithmetic.has(node.op)) return undefined;
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
  if (node === undefined || node.domain !== "") return undefined;
  const [left = "", right = ""] = node.inputs;
  if (wholeShape.has(node.op)) return site.dependsOnImage(left) ? left : undefined;
  if (!arithmetic.has(node.op)) return undefined;
  if (!site.dependsOnImage(right)) return left;
  return site.dependsOnImage(left) || node.op === "Div" ? undefined : right;
}
