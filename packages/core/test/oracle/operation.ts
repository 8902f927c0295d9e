import {
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "@onnx-lrp/onnx-loader";
import type { Dense } from "./tensor.ts";

/** Interprets one node: inputs in (undefined where left out), its first output, or the one that is asked for. */
export type Operation = (node: Node, inputs: readonly (Dense | undefined)[], output?: number) => Dense;

export function input(inputs: readonly (Dense | undefined)[], index: number): Dense {
  const found = inputs[index];
  if (found === undefined) throw new Error(`input ${index} is missing`);
  return found;
}

export const intOf = intAttribute;
export const intsOf = intsAttribute;
export const wordOf = stringAttribute;
/** A file keeps numbers as float32. */
export const floatOf = (node: Node, name: string, otherwise: number) =>
  Math.fround(floatAttribute(node, name, otherwise));
