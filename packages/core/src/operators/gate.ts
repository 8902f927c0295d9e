/**
 * Which factor of a product is the gate. A factor that is an elementwise function of the other makes the product an
 * activation (SiLU, Gelu, HardSwish, Mish written out), whose relevance all goes to the other. Else it is the one made by a Sigmoid, HardSigmoid or Softmax, else by a hard sigmoid
 * written out (Clip of an affine function, times a constant), with nothing but changes of shape after it.
 */
import type { Node } from "@onnx-lrp/onnx-loader";
import type { Site } from "./operator.ts";

const reshaping = new Set([
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Expand",
  "Transpose",
  "Identity",
  "Cast",
  "Dropout",
]);
const gates = new Set(["Sigmoid", "HardSigmoid", "Softmax"]);
const scaling = new Set(["Mul", "Div"]);
const elementwise = new Set([
  "Abs",
  "Add",
  "Cast",
  "Clip",
  "Div",
  "Elu",
  "Erf",
  "Exp",
  "HardSigmoid",
  "Identity",
  "LeakyRelu",
  "Log",
  "Mul",
  "Neg",
  "Pow",
  "Reciprocal",
  "Relu",
  "Sigmoid",
  "Softplus",
  "Sqrt",
  "Sub",
  "Tanh",
]);
const affine = new Set(["Add", "Sub", "Mul", "Div"]);

/** @returns the index of the signal, or undefined where none or both of the factors look like a gate */
export function findGate(site: Site): 0 | 1 | undefined {
  const [left = "", right = ""] = site.node.inputs;
  if (isFunctionOf(site, right, left)) return 0;
  if (isFunctionOf(site, left, right)) return 1;
  for (const isGate of [isSoft, isHard]) {
    const found = [isGate(site, left), isGate(site, right)];
    if (found[0] !== found[1]) return found[0] ? 1 : 0;
  }
  return undefined;
}

/** Whether a value is computed element by element from `base` and constants alone. */
function isFunctionOf(site: Site, value: string, base: string): boolean {
  const open = [value];
  const seen = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === base || seen.has(next) || !site.dependsOnImage(next)) continue;
    seen.add(next);
    const node = site.producer(next);
    if (node === undefined || !elementwise.has(node.op)) return false;
    open.push(...node.inputs);
  }
  return true;
}

function behindReshapes(site: Site, value: string): Node | undefined {
  let node = site.producer(value);
  while (node !== undefined && reshaping.has(node.op)) node = site.producer(node.inputs[0] ?? "");
  return node;
}

function isSoft(site: Site, value: string): boolean {
  return gates.has(behindReshapes(site, value)?.op ?? "");
}

function isHard(site: Site, value: string): boolean {
  let node = behindReshapes(site, value);
  if (node !== undefined && scaling.has(node.op)) {
    const signal = signalOf(site, node);
    node = signal === undefined ? undefined : behindReshapes(site, signal);
  }
  if (node?.op !== "Clip") return false;
  const inner = behindReshapes(site, node.inputs[0] ?? "");
  return inner !== undefined && affine.has(inner.op) && signalOf(site, inner) !== undefined;
}

/** The one factor or term of a node that is not a constant; undefined where both are signals. */
function signalOf(site: Site, node: Node): string | undefined {
  const signals = node.inputs.filter((input) => site.dependsOnImage(input));
  return signals.length === 1 ? signals[0] : undefined;
}
