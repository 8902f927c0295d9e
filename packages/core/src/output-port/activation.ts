/** Finds the Softmax or Sigmoid that makes probabilities, behind whatever is done to them that leaves the question the same. */
import { inputOf, intAttribute, type Node } from "@onnx-lrp/onnx-loader";
import { type ConstantReader, lookUp } from "@onnx-lrp/onnx-loader/internal";
import { has, isOp } from "../operators/traits.ts";
import type { ScoreKind } from "./output-port.ts";

export interface FinalActivation {
  readonly kind: Extract<ScoreKind, "softmax" | "log-softmax" | "sigmoid">;
  /** What goes into it. */
  readonly logits: string;
  /** Of a Softmax, as the file writes it: the last axis is -1. */
  readonly axis: number | undefined;
  /** Whether what comes out of the network is a probability, but not the activation's own: clipped, or softmax of softmax. */
  readonly altered: boolean;
  /** Operations behind it, last first. */
  readonly through: readonly string[];
}

const activations: Readonly<Record<string, FinalActivation["kind"]>> = {
  Softmax: "softmax",
  LogSoftmax: "log-softmax",
  Sigmoid: "sigmoid",
};

/** The graph's nodes and constants, as this search needs them. */
export interface GraphView {
  readonly producers: ReadonlyMap<string, Node>;
  readonly numbers: ConstantReader;
  isConstant(value: string): boolean;
}

export function finalActivation(value: string, view: GraphView): FinalActivation | undefined {
  const through: string[] = [];
  let alike = true;
  let clipped = false;
  let at = value;
  for (let node = view.producers.get(at); node !== undefined; node = view.producers.get(at)) {
    const kind = node.domain === "" ? lookUp(activations, node.op) : undefined;
    if (kind !== undefined) {
      const logits = inputOf(node, 0);
      const own = { kind, logits, axis: kind === "sigmoid" ? undefined : intAttribute(node, "axis", -1) };
      const inner = kind === "softmax" ? finalActivation(logits, view) : undefined;
      if (inner === undefined || inner.kind === "sigmoid" || inner.axis !== own.axis) {
        return { ...own, altered: alike && clipped, through };
      }
      return { ...inner, altered: alike, through: [...through, node.op, ...inner.through] };
    }
    if (!leavesTheQuestion(node, at, view)) return undefined;
    alike &&= has(node, "changesNothing", "reshapes") || isClip(node);
    clipped ||= isClip(node);
    through.push(node.op);
    at = inputOf(node, signalAt(node, view));
  }
  return undefined;
}

function isClip(node: Node): boolean {
  return has(node, "clipsWithConstants");
}

function signalAt(node: Node, { isConstant }: GraphView): number {
  return Math.max(
    0,
    node.inputs.findIndex((input) => input !== "" && !isConstant(input)),
  );
}

/** Whether what is higher before a node is higher, or the same, behind it, element by element. */
function leavesTheQuestion(node: Node, output: string, { isConstant, numbers }: GraphView): boolean {
  if (node.outputs[0] !== output && !isOp(node, "Split")) return false;
  if (has(node, "changesNothing", "reshapes", "permutes")) return true;
  const signals = node.inputs.filter((input) => input !== "" && !isConstant(input));
  if (signals.length !== 1) return false;
  if (isClip(node)) return true;
  if (isOp(node, "Log", "Exp", "Sqrt", "Gather", "Slice", "Split")) return signals[0] === node.inputs[0];
  if (isOp(node, "Add")) return true;
  if (isOp(node, "Sub")) return signals[0] === node.inputs[0];
  if (isOp(node, "Mul") || (isOp(node, "Div") && signals[0] === node.inputs[0])) {
    const constant = node.inputs.find((input) => input !== signals[0]) ?? "";
    return numbers(constant)?.every((number) => number > 0) ?? false;
  }
  return false;
}
