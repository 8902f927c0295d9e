/**
 * The values that are still the picture: the picture itself and what shape-only operations, resizing, clipping and
 * arithmetic with constants make of it. A linear layer that takes one of them is a first layer.
 */
import { type Graph, type Node, stringAttribute } from "@onnx-lrp/onnx-loader";
import { affineSignal, has, isOp, keepsElements } from "../operators/traits.ts";

export interface InputPreprocessing {
  /** The picture. */
  readonly image: string;
  /** Values that are still the picture. */
  readonly values: ReadonlySet<string>;
  /** The nodes that make them, in order. */
  readonly nodes: readonly Node[];
}

export function findInputPreprocessing(
  graph: Graph,
  image: string,
  dependsOnImage: ReadonlySet<string>,
): InputPreprocessing {
  const values = new Set([image]);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const signals = node.inputs.filter((input) => dependsOnImage.has(input));
    if (signals.length === 0 || !signals.every((input) => values.has(input))) continue;
    const moves = keepsElements(node) || has(node, "picks", "joins");
    const computes = isMonotone(node, (value) => dependsOnImage.has(value));
    if (!moves && !computes && !averages(node)) continue;
    for (const output of node.outputs) values.add(output);
    nodes.push(node);
  }
  return { image, values, nodes };
}

/** Whether a node is arithmetic or clipping of one signal with constants, so that an end of its range stays an end. */
function isMonotone(node: Node, isSignal: (value: string) => boolean): boolean {
  if (affineSignal(node, isSignal) !== undefined) return true;
  return has(node, "clipsWithConstants") && node.inputs.filter(isSignal).length === 1;
}

/** Whether a Resize makes each pixel from those around it with weights that are never negative. */
function averages(node: Node): boolean {
  if (!isOp(node, "Resize")) return false;
  const outside =
    stringAttribute(node, "coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize";
  return ["nearest", "linear"].includes(stringAttribute(node, "mode", "nearest")) && !outside;
}
