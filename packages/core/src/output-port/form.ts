/** What the axes of scores are: one score per picture, one per class, or one per class at each place. */
import { inputOf, type Node } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { Layout } from "../grid/grid.ts";
import { type PlaceShape, placeAxes, placesOfShape } from "../grid/place-axes.ts";
import { sameSize } from "../operators/size.ts";
import { has, isOp, keepsElements } from "../operators/traits.ts";
import type { OutputForm } from "./output-port.ts";

export interface ScoreForm {
  readonly form: OutputForm;
  /** 1 where there is no axis of classes. */
  readonly classes: number;
  readonly classAxis: number | undefined;
}

export interface FormHints {
  /** The pictures of a run, by which scores for each of them are known. */
  readonly batch: Size;
  /** The axis of a Softmax, which is over classes. */
  readonly axis: number | undefined;
  readonly input: InputShape;
  /** What makes the scores, skipping operations that keep elements. */
  readonly layer: Node | undefined;
}

/** What the network's input is, from which the axes of places are guessed. */
export interface InputShape {
  readonly channelsLast: boolean;
  /** Sizes of its axes of places: height and width of a picture. */
  readonly placeSizes: readonly number[];
}

/** What the search for scores needs to know of the input. */
export function inputShapeOf(image: PlaceShape & { readonly layout: Layout }): InputShape {
  const sizes = placesOfShape(image);
  return { channelsLast: image.layout === "nhwc", placeSizes: placeAxes(image).map((axis) => sizes[axis]) };
}

/** @returns undefined for values that are no scores of pictures */
export function formOf(dims: readonly Size[], hints: FormHints): ScoreForm | undefined {
  const { batch } = hints;
  if (dims.length === 0) return undefined;
  if (dims.length === 1) {
    if (sameSize(dims[0], batch)) return single;
    return typeof dims[0] === "number" ? { form: "classes", classes: dims[0], classAxis: 0 } : undefined;
  }
  if (!sameSize(dims[0], batch) || dims.slice(1).some((size) => typeof size !== "number")) return undefined;
  const wide = dims.flatMap((size, axis) => (axis > 0 && size !== 1 ? [axis] : []));
  const given = hints.axis === undefined ? undefined : positive(hints.axis, dims.length);
  if (given === 0) return undefined;
  const classAxis = given ?? (wide.length > 1 ? guessClassAxis(dims, hints) : wide[0]);
  if (classAxis === undefined) return single;
  const form = wide.every((axis) => axis === classAxis) ? "classes" : "places";
  return { form, classes: Number(dims[classAxis]), classAxis };
}

const single: ScoreForm = { form: "single", classes: 1, classAxis: undefined };

function guessClassAxis(dims: readonly Size[], { input, layer }: FormHints): number {
  const last = dims.length - 1;
  if (dims[1] === 1) return 1;
  if (dims[last] === 1) return last;
  if (dims.length === 3) return layer !== undefined && has(layer, "channelsFirst") ? 1 : last;
  const sizes = dims.map(Number);
  const [first, behind] = [fits(sizes.slice(2), input), fits(sizes.slice(1, last), input)];
  if (first !== behind) return first ? 1 : last;
  return input.channelsLast ? last : 1;
}

/** Whether places are in the proportions of the input's, up to the rounding of strides. */
function fits(sizes: readonly number[], { placeSizes }: InputShape): boolean {
  if (sizes.length !== placeSizes.length) return false;
  const ratios = sizes.map((size, axis) => size / (placeSizes[axis] ?? 1));
  const largest = Math.max(...ratios);
  return ratios.every((ratio, axis) => (largest - ratio) * (placeSizes[axis] ?? 1) <= 1);
}

/** The node that makes a value, skipping those that only move elements. */
export function layerBehind(value: string, producers: ReadonlyMap<string, Node>): Node | undefined {
  let node = producers.get(value);
  // A Transpose says that the axes are others than the layer's.
  while (node !== undefined && keepsElements(node) && !isOp(node, "Transpose")) {
    node = producers.get(inputOf(node, 0));
  }
  return node;
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
