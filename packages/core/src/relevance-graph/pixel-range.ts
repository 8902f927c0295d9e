/**
 * Which numbers a network takes for a pixel, guessed from the arithmetic that it does to the picture itself. A network
 * that divides by 255, or subtracts a mean of 120, takes 0 to 255; one that subtracts 0.485 and divides by 0.229 takes
 * 0 to 1. What follows is trained on numbers of a size near one (or, with only a mean taken off, near a hundred).
 */
import { type Graph, type Node, stringAttribute } from "@onnx-lrp/onnx-loader";
import { type ConstantReader, constantReader, constantTensors, lookUp } from "@onnx-lrp/onnx-loader/internal";
import type { DeclaredInputPort } from "../input-port/input-port.ts";
import { has, isOp } from "../operators/traits.ts";
import { findInputPreprocessing } from "./first-layer.ts";
import { imageDependent } from "./flow.ts";

/** `bytes`: 0 to 255; `unit`: 0 to 1. */
export type PixelRange = "bytes" | "unit";

type Interval = readonly [low: number, high: number];

const arithmetic: Readonly<Record<string, (x: number, c: number) => number>> = {
  Add: (x, c) => x + c,
  Sub: (x, c) => x - c,
  Mul: (x, c) => x * c,
  Div: (x, c) => x / c,
};

/** No network is trained on numbers of a larger size. */
const maxPixelSize = 300;

/** @returns undefined where the graph does nothing to the picture that tells */
export function guessPixelRange(graph: Graph, picture: DeclaredInputPort): PixelRange | undefined {
  if (picture.type !== "float32") return "bytes";
  const { nodes } = findInputPreprocessing(graph, picture.name, imageDependent(graph, picture.name));
  const numbers = constantReader(constantTensors(graph));
  const reached = new Map<string, Interval>([[picture.name, [0, 255]]]);
  let told = false;
  for (const node of nodes) {
    const source = node.inputs.find((input) => reached.has(input)) ?? "";
    const range = reached.get(source) ?? [0, 0];
    const combine = lookUp(arithmetic, node.op);
    const made =
      combine === undefined ? passedOn(node, range) : combined(node, source, range, numbers, combine);
    if (made === undefined) return undefined;
    told ||= combine !== undefined;
    for (const output of node.outputs) reached.set(output, made);
  }
  if (!told) return undefined;
  const ends = [...reached.values()].at(-1) ?? [0, 0];
  return Math.max(...ends.map(Math.abs)) <= maxPixelSize ? "bytes" : "unit";
}

function passedOn(node: Node, range: Interval): Interval | undefined {
  if (isOp(node, "Neg")) return [-range[1], -range[0]];
  if (has(node, "affineWithConstants", "clipsWithConstants")) return undefined;
  const zeros = node.op === "Pad" && stringAttribute(node, "mode", "constant") === "constant";
  return zeros ? [Math.min(0, range[0]), Math.max(0, range[1])] : range;
}

function combined(
  node: Node,
  source: string,
  [low, high]: Interval,
  numbers: ConstantReader,
  combine: (x: number, c: number) => number,
): Interval | undefined {
  const [left = "", right = ""] = node.inputs;
  const constants = numbers(left === source ? right : left);
  if (constants === undefined || constants.length === 0) return undefined;
  const ends = constants.flatMap((c) =>
    left === source ? [combine(low, c), combine(high, c)] : [combine(c, low), combine(c, high)],
  );
  return [Math.min(...ends), Math.max(...ends)];
}
