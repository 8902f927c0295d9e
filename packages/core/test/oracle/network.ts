/** What the specification asks of a network's wiring. */
import type { Model, Node } from "@onnx-lrp/onnx-loader";

export const layers = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);
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
  "Cast",
  "Identity",
]);
const withConstants = new Set(["Add", "Sub", "Mul", "Div", "BatchNormalization"]);
const terminal = new Set(["Softmax", "LogSoftmax"]);

export interface Wiring {
  readonly logits: string;
  isSignal(value: string): boolean;
  /** Indices of a node's inputs that depend on the picture. */
  signals(node: Node): number[];
  producer(value: string): Node | undefined;
  /** Values that are still the picture. */
  readonly picture: ReadonlySet<string>;
  /** For a batch normalization, the layer that it is one with. */
  foldedInto(norm: Node): Node | undefined;
}

export function wiringOf({ graph }: Model): Wiring {
  const image = graph.inputs[0]?.name ?? "";
  const signal = new Set([image]);
  const picture = new Set([image]);
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) {
    const [output = ""] = node.outputs;
    producers.set(output, node);
    const from = node.inputs.filter((input) => signal.has(input));
    if (from.length === 0) continue;
    signal.add(output);
    const plain = shapeOnly.has(node.op) || (withConstants.has(node.op) && from.length === 1);
    if (plain && from.every((input) => picture.has(input))) picture.add(output);
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
    foldedInto(norm) {
      const [inner = ""] = norm.inputs;
      const layer = producers.get(inner);
      const alone = uses(inner) === 1 && graph.outputs.every(({ name }) => name !== inner);
      return layer !== undefined && layers.has(layer.op) && alone ? layer : undefined;
    },
  };
}

const reshaping = new Set([
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
  "Expand",
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
