/**
 * Operators that were ONNX's own while they were experimental, and went with opset 10; converters of Core ML and WinML
 * networks wrote them, and onnxruntime still runs them in older files:
 *
 *     Affine             alpha x + beta                       Scale  scale x
 *     ImageScaler        scale x + bias of the channel        Crop   without border [left, top, right, bottom]
 *     ScaledTanh         alpha tanh(beta x)
 *     ParametricSoftplus alpha log(1 + exp(beta x))
 */

import { describeNode, floatAttribute, intsAttribute, nodeSubject } from "../attributes.ts";
import { capitalize, UserError } from "../error.ts";
import type { Node } from "../model.ts";
import { inputOf } from "../node.ts";
import type { OpsetStep, StepContext } from "./opset-step.ts";

const since = 10;

export const experimentalSteps: readonly OpsetStep[] = [
  { op: "Affine", since, apply: affine },
  { op: "Crop", since, apply: crop },
  { op: "ImageScaler", since, apply: imageScaler },
  { op: "ParametricSoftplus", since, apply: inside("Softplus") },
  { op: "Scale", since, apply: scale },
  { op: "ScaledTanh", since, apply: inside("Tanh") },
];

function input(node: Node): string {
  return inputOf(node, 0);
}

function become(node: Node, op: string, inputs: readonly string[]): Node {
  return { ...node, op, inputs, attributes: new Map() };
}

function affine(node: Node, { tape }: StepContext): Node {
  const scaled = tape.emit("Mul", [input(node), tape.scalar(floatAttribute(node, "alpha", 1))]);
  return become(node, "Add", [scaled, tape.scalar(floatAttribute(node, "beta", 0))]);
}

function scale(node: Node, { tape }: StepContext): Node {
  return become(node, "Mul", [input(node), tape.scalar(floatAttribute(node, "scale", 1))]);
}

function imageScaler(node: Node, { tape }: StepContext): Node {
  const scaled = tape.emit("Mul", [input(node), tape.scalar(floatAttribute(node, "scale", 1))]);
  const bias = node.attributes.get("bias");
  const values = bias?.kind === "floats" ? bias.value : [0];
  return become(node, "Add", [scaled, tape.floats(values, [values.length, 1, 1])]);
}

/** alpha op(beta x) */
function inside(op: string): OpsetStep["apply"] {
  return (node, { tape }) => {
    const scaled = tape.emit("Mul", [input(node), tape.scalar(floatAttribute(node, "beta", 1))]);
    return become(node, "Mul", [tape.emit(op, [scaled]), tape.scalar(floatAttribute(node, "alpha", 1))]);
  };
}

function crop(node: Node, { tape }: StepContext): Node {
  const [left = 0, top = 0, right = 0, bottom = 0] = intsAttribute(node, "border") ?? [];
  const size = intsAttribute(node, "scale");
  // What is cut away at the far sides is counted from the end; "all" is the largest number.
  const end = (cut: number) => (cut === 0 ? Number.MAX_SAFE_INTEGER : -cut);
  const ends = size === undefined ? [end(bottom), end(right)] : [top + (size[0] ?? 0), left + (size[1] ?? 0)];
  if ([left, top, right, bottom].some((cut) => cut < 0)) {
    throw new UserError("model", `${capitalize(describeNode(node))} has a negative border.`, {
      subject: nodeSubject(node),
    });
  }
  return become(node, "Slice", [input(node), tape.ints([top, left]), tape.ints(ends), tape.ints([2, 3])]);
}
