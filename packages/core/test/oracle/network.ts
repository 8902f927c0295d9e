/** What the specification asks of a network's wiring. */
import { type Model, type Node, stringAttribute } from "@onnx-lrp/onnx-loader";
import type { Values } from "./forward.ts";

export const layers = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"]);
const shapeOnly = new Set([
  "Transpose",
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Pad",
  "Slice",
  "Gather",
  "Concat",
  "Split",
  "SpaceToDepth",
  "DepthToSpace",
  "Cast",
  "Dropout",
  "Identity",
]);
const withConstants = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "BatchNormalization",
  "Clip",
  "Neg",
  "Max",
  "Min",
]);
const terminal = new Set(["Softmax", "LogSoftmax"]);

export interface Wiring {
  readonly logits: string;
  isSignal(value: string): boolean;
  /** Indices of a node's inputs that depend on the picture. */
  signals(node: Node): number[];
  producer(value: string): Node | undefined;
  /** Values that are still the picture. */
  readonly picture: ReadonlySet<string>;
  /** The node that makes a value that only one node uses. */
  onlyFor(value: string): Node | undefined;
}

export function wiringOf({ graph }: Model): Wiring {
  const image = graph.inputs[0]?.name ?? "";
  const signal = new Set([image]);
  const picture = new Set([image]);
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) producers.set(output, node);
    const from = node.inputs.filter((input) => signal.has(input));
    // A shape is no signal.
    if (from.length === 0 || node.op === "Shape") continue;
    for (const output of node.outputs) signal.add(output);
    const resized = node.op === "Resize" && stringAttribute(node, "mode", "nearest") !== "cubic";
    const plain = resized || shapeOnly.has(node.op) || (withConstants.has(node.op) && from.length === 1);
    if (plain && from.every((input) => picture.has(input)))
      for (const output of node.outputs) picture.add(output);
  }
  const last = graph.outputs[0]?.name ?? "";
  const end = producers.get(last);
  const uses = (value: string) =>
    graph.nodes.flatMap((node) => node.inputs.filter((input) => input === value)).length;
  return {
    logits: end !== undefined && terminal.has(end.op) ? (end.inputs[0] ?? "") : last,
    isSignal: (value) => signal.has(value),
    signals: (node) => node.inputs.flatMap((input, index) => (signal.has(input) ? [index] : [])),
    producer: (value) => producers.get(value),
    picture,
    onlyFor: (value) =>
      uses(value) === 1 && graph.outputs.every(({ name }) => name !== value)
        ? producers.get(value)
        : undefined,
  };
}

/** What is done to a value channel by channel, with constants: batch normalization, or arithmetic. */
function isByChannel(wiring: Wiring, node: Node, values: Values): boolean {
  const [left = "", right = ""] = node.inputs;
  if (node.op === "BatchNormalization") return true;
  const turns = node.op === "Add" || node.op === "Mul";
  if (!turns && node.op !== "Sub" && node.op !== "Div") return false;
  const [signal, constant] = wiring.isSignal(left) ? [left, right] : [right, left];
  if (wiring.isSignal(constant) || (signal === right && !turns)) return false;
  const [x, c] = [values.get(signal)?.dims ?? [], values.get(constant)?.dims ?? []];
  if (c.length > x.length) return false;
  if (c.every((size) => size === 1)) return node.op === "Mul" || node.op === "Div";
  const aligned = [...x.slice(c.length).map(() => 1), ...c];
  return aligned.every((size, axis) => size === (axis === 1 ? x[1] : 1));
}

/** A layer and what follows it channel by channel, up to a node, which are one layer; undefined where there is none. */
export function foldedChain(wiring: Wiring, node: Node, values: Values): readonly Node[] | undefined {
  if (!isByChannel(wiring, node, values)) return undefined;
  const input = node.inputs.find((name) => wiring.isSignal(name)) ?? "";
  const before = wiring.onlyFor(input);
  if (before === undefined) return undefined;
  if (!layers.has(before.op) || before.op === "Einsum") {
    const chain = foldedChain(wiring, before, values);
    return chain && [...chain, node];
  }
  const [x = "", w = ""] = before.inputs;
  const flat = [x, w].every((name) => values.get(name)?.dims.length === 2);
  const fits = !wiring.isSignal(w) && (before.op !== "MatMul" || flat);
  return fits ? [before, node] : undefined;
}

/** The MatMul of tokens that a node adds a bias to, with which it is one layer; undefined where there is none. */
export function denseWithBias(wiring: Wiring, node: Node, values: Values): Node | undefined {
  const [slot, ...others] = wiring.signals(node);
  if (node.op !== "Add" || slot === undefined || others.length > 0) return undefined;
  const before = wiring.onlyFor(node.inputs[slot] ?? "");
  const bias = values.get(node.inputs[1 - slot] ?? "")?.dims ?? [];
  if (before?.op !== "MatMul" || wiring.isSignal(before.inputs[1] ?? "")) return undefined;
  const [x, w] = before.inputs.map((name) => values.get(name)?.dims ?? []);
  const isByChannel = bias.at(-1) === w?.[1] && w?.[1] !== 1 && bias.slice(0, -1).every((size) => size === 1);
  return x !== undefined && x.length > 2 && w?.length === 2 && isByChannel ? before : undefined;
}

const reshaping = new Set([
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Expand",
  "DepthToSpace",
  "SpaceToDepth",
  "Transpose",
  "Identity",
  "Cast",
]);
const gates = new Set(["Sigmoid", "HardSigmoid", "Softmax"]);
const affine = new Set(["Add", "Sub", "Mul", "Div"]);

/** The index of the factor that is no gate. */
export function signalOfProduct(wiring: Wiring, node: Node): 0 | 1 {
  const behind = (value: string): Node | undefined => {
    const made = wiring.producer(value);
    return made !== undefined && reshaping.has(made.op) ? behind(made.inputs[0] ?? "") : made;
  };
  const single = (made: Node): string | undefined => {
    const indices = wiring.signals(made);
    return indices.length === 1 ? made.inputs[indices[0] ?? 0] : undefined;
  };
  const soft = (value: string) => gates.has(behind(value)?.op ?? "");
  const hard = (value: string) => {
    let made = behind(value);
    if (made?.op === "Mul" || made?.op === "Div") made = behind(single(made) ?? "");
    if (made?.op !== "Clip") return false;
    const inner = behind(made.inputs[0] ?? "");
    return inner !== undefined && affine.has(inner.op) && single(inner) !== undefined;
  };
  const [left = "", right = ""] = node.inputs;
  for (const isGate of [soft, hard]) if (isGate(left) !== isGate(right)) return isGate(left) ? 1 : 0;
  throw new Error("neither factor is a gate");
}
