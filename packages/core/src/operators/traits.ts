/** The traits (trait.ts) of ONNX's operations, in one table, and the questions that are asked of it. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { isOp } from "@onnx-lrp/onnx-loader/internal";
import { registeredEntry } from "./registered.ts";
import type { Trait } from "./trait.ts";

export { isOp };

/** Operations that are not here have none of the traits. */
export const operationTraits: Readonly<Record<string, readonly Trait[]>> = {
  // Activations: docs/methods.md lists the rectifiers.
  Relu: ["elementwise", "rectifier", "homogeneous"],
  LeakyRelu: ["elementwise", "rectifier", "homogeneous"],
  PRelu: ["elementwise", "rectifier", "homogeneous"],
  // Where it is not 0 its slope is 1, so that f(u) = f'(u) u, though it does not scale with its input.
  ThresholdedRelu: ["elementwise", "rectifier", "homogeneous"],
  Clip: ["elementwise", "rectifier", "clipsWithConstants"],
  Elu: ["elementwise", "rectifier"],
  Selu: ["elementwise", "rectifier"],
  Celu: ["elementwise", "rectifier"],
  Softplus: ["elementwise", "rectifier"],
  Gelu: ["elementwise", "rectifier"],
  HardSwish: ["elementwise", "rectifier"],
  Mish: ["elementwise", "rectifier"],
  Swish: ["elementwise", "rectifier"],
  // Odd: what is negative passes as what is positive does.
  Shrink: ["elementwise"],
  Softsign: ["elementwise"],
  Tanh: ["elementwise"],
  Sigmoid: ["elementwise", "boundedGate"],
  HardSigmoid: ["elementwise", "boundedGate"],
  Softmax: ["boundedGate"],

  // Functions that activations and statistics are written with.
  Abs: ["elementwise", "homogeneous"],
  Acos: ["elementwise"],
  Acosh: ["elementwise"],
  Asin: ["elementwise"],
  Asinh: ["elementwise"],
  Atan: ["elementwise"],
  Atanh: ["elementwise"],
  Cos: ["elementwise"],
  Cosh: ["elementwise"],
  Sin: ["elementwise"],
  Sinh: ["elementwise"],
  Tan: ["elementwise"],
  And: ["elementwise"],
  Ceil: ["elementwise"],
  Equal: ["elementwise"],
  Erf: ["elementwise"],
  Exp: ["elementwise"],
  Floor: ["elementwise"],
  Greater: ["elementwise"],
  GreaterOrEqual: ["elementwise"],
  Less: ["elementwise"],
  LessOrEqual: ["elementwise"],
  Log: ["elementwise"],
  Max: ["elementwise", "clipsWithConstants"],
  Min: ["elementwise", "clipsWithConstants", "smallest"],
  Not: ["elementwise"],
  Or: ["elementwise"],
  Pow: ["elementwise"],
  Reciprocal: ["elementwise"],
  Round: ["elementwise"],
  Sign: ["elementwise"],
  Sqrt: ["elementwise"],
  Where: ["elementwise", "chooses"],

  // Arithmetic.
  Add: ["elementwise", "arithmetic", "affineWithConstants", "linear"],
  Sub: ["elementwise", "arithmetic", "affineWithConstants", "linear"],
  Mul: ["elementwise", "arithmetic", "affineWithConstants", "homogeneous"],
  Div: ["elementwise", "arithmetic", "affineWithConstants", "homogeneous"],
  Neg: ["elementwise", "arithmetic", "affineWithConstants", "linear", "homogeneous"],
  Sum: ["elementwise", "arithmetic", "affineWithConstants", "linear"],
  Mean: ["elementwise", "arithmetic", "affineWithConstants", "linear"],
  // No `arithmetic`: clipped, it is a rectified feature (Relu6), and no hard sigmoid written out.
  BatchNormalization: ["affineWithConstants", "channelsFirst"],

  // What moves elements.
  Identity: ["changesNothing", "homogeneous"],
  Cast: ["changesNothing", "homogeneous"],
  Dropout: ["changesNothing", "homogeneous"],
  Reshape: ["reshapes", "changesAxes"],
  Flatten: ["reshapes", "changesAxes"],
  Squeeze: ["reshapes", "changesAxes"],
  Unsqueeze: ["reshapes", "changesAxes"],
  Transpose: ["permutes", "changesAxes"],
  DepthToSpace: ["permutes", "channelsFirst"],
  SpaceToDepth: ["permutes", "channelsFirst"],
  Slice: ["picks"],
  Gather: ["picks"],
  Split: ["picks"],
  Pad: ["picks"],
  Expand: ["repeats"],
  Tile: ["repeats"],
  Resize: ["resamples", "channelsFirst"],
  Concat: ["joins"],

  // What sums up.
  ReduceL1: ["reduction"],
  ReduceL2: ["reduction"],
  ReduceLogSum: ["reduction"],
  ReduceLogSumExp: ["reduction"],
  ReduceMax: ["reduction"],
  ReduceMean: ["reduction"],
  ReduceMin: ["reduction", "smallest"],
  ReduceProd: ["reduction"],
  ReduceSum: ["reduction"],
  ReduceSumSquare: ["reduction"],
  GlobalAveragePool: ["reduction", "channelsFirst"],
  GlobalLpPool: ["reduction", "channelsFirst"],
  GlobalMaxPool: ["reduction", "channelsFirst"],
  AveragePool: ["neighbourhood", "channelsFirst"],
  LpPool: ["neighbourhood", "channelsFirst"],

  // Layers.
  Conv: ["channelsFirst"],
  ConvTranspose: ["channelsFirst"],
  MaxPool: ["channelsFirst"],
  InstanceNormalization: ["channelsFirst"],
  GroupNormalization: ["channelsFirst"],
  LRN: ["channelsFirst"],
  MatMul: ["changesAxes"],
  Einsum: ["changesAxes"],
};

const traits = new Map(Object.entries(operationTraits));

/** Whether a node's operation has a trait, or one of several. */
export function has(node: Node, ...wanted: readonly Trait[]): boolean {
  return traitsOf(node).some((trait) => wanted.includes(trait));
}

function traitsOf(node: Node): readonly Trait[] {
  const shipped = node.domain === "" ? traits.get(node.op) : undefined;
  return registeredEntry(node)?.traits ?? shipped ?? [];
}

/** Whether a node holds each element of its first input once, and nothing else. */
export function keepsElements(node: Node): boolean {
  return has(node, "changesNothing", "reshapes", "permutes");
}

/** Whether every element that a node makes is one of its first input, or a mean of some, or a constant that pads. */
export function movesElements(node: Node): boolean {
  return keepsElements(node) || has(node, "picks", "repeats", "resamples");
}

/**
 * The signal that a node makes an affine function of, with constants.
 *
 * @param isSignal whether a value depends on the picture
 * @returns undefined if there are several signals or none, and for a constant over a signal
 */
export function affineSignal(node: Node, isSignal: (value: string) => boolean): string | undefined {
  if (!has(node, "affineWithConstants")) return undefined;
  const [signal, ...others] = node.inputs.filter(isSignal);
  if (signal === undefined || others.length > 0) return undefined;
  return isOp(node, "Div") && signal !== node.inputs[0] ? undefined : signal;
}

/** Whether a node is an activation that rectifies its one signal; Max and Min with constants are a Clip. */
export function isRectifier(node: Node, isSignal: (value: string) => boolean): boolean {
  if (has(node, "rectifier")) return true;
  return has(node, "clipsWithConstants") && node.inputs.filter(isSignal).length === 1;
}
