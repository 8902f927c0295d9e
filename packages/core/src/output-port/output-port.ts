/**
 * The output port: which value of a network holds its scores, and how they are read. Plain data, found once (find.ts),
 * overruled by options, printed by `inspect`.
 */
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { BoxPort } from "./boxes.ts";

/**
 * How scores become probabilities: `softmax` and `log-softmax` over the class axis, `sigmoid` each by itself, `none`: the
 * network gives logits and no probabilities, which are then read as a softmax's. `score`: they are numbers and become none.
 */
export type ScoreKind = "softmax" | "log-softmax" | "sigmoid" | "none" | "score";

export { type HeadOption, headOptions } from "../names.ts";

/**
 * - `classes`: one score per class, or one number per element
 * - `single`: one score, which is that of a `yes` against a `no` (the logits [0, z]), or just a number
 * - `places`: one score per class at each of several places: pixels, moments, anchors
 */
export type OutputForm = "classes" | "single" | "places";

/** Which value of a network holds its scores, and how they are read. */
export interface OutputPort {
  /** The output that was chosen, by name. */
  readonly output: string;
  /** The value that holds the scores before they become probabilities; relevance starts there. */
  readonly logits: string;
  /** Of the logits, with the batch. */
  readonly dims: readonly Size[];
  readonly form: OutputForm;
  /** Of the form `single` 2, "no" and "yes", unless it is a number. */
  readonly classes: number;
  /** The axis of `dims` that counts classes; undefined where there is none. */
  readonly classAxis: number | undefined;
  readonly kind: ScoreKind;
  /** The value with the network's own probabilities, where they are not those of the logits: clipped, or softmax of a softmax. */
  readonly own: string | undefined;
  /** Who says what `kind` is. */
  readonly kindSource: { readonly by: "option" | "graph" | "guess"; readonly why: string };
  /** Operations between the scores and the graph's output, which do not change the question; last first. */
  readonly through: readonly string[];
  /** Of a detector: where the boxes of its places are. */
  readonly boxes?: BoxPort | undefined;
  /** Labels that do not compete are rivals nevertheless, since that was asked for. */
  readonly rivals?: true | undefined;
  /** The network's other outputs, and what they seem to be. */
  readonly others: readonly OtherOutput[];
}

export interface OtherOutput {
  readonly output: string;
  /** Such as "scores of 80 classes at 8400 places, 1 x 80 x 8400". */
  readonly what: string;
}

/** Numbers of one picture's scores. */
export function elementsOf({ dims }: Pick<OutputPort, "dims">): number {
  return sizesOf({ dims }).reduce((a, b) => a * b, 1);
}

/** Sizes of one picture's scores; of a network whose scores have no batch axis, all of them. */
export function sizesOf({ dims }: Pick<OutputPort, "dims">): number[] {
  return (dims.length === 1 && typeof dims[0] === "number" ? dims : dims.slice(1)).map(Number);
}

/** How the scores of a port lie in memory: those of place p and class c at `(p / after * classes + c) * after + p % after`. */
export interface ScoreLayout {
  readonly classes: number;
  readonly places: number;
  /** Places behind the class axis. */
  readonly after: number;
  /** Sizes of the axes other than batch and class. */
  readonly placeSizes: readonly number[];
}

export function scoreLayout({ dims, classAxis }: Pick<OutputPort, "dims" | "classAxis">): ScoreLayout {
  const sizes = sizesOf({ dims });
  const axis = classAxis === undefined ? undefined : classAxis - (dims.length - sizes.length);
  const product = (part: readonly number[]) => part.reduce((a, b) => a * b, 1);
  if (axis === undefined) return { classes: 1, places: product(sizes), after: 1, placeSizes: sizes };
  const placeSizes = sizes.filter((_, i) => i !== axis);
  return {
    classes: sizes[axis] ?? 1,
    places: product(placeSizes),
    after: product(sizes.slice(axis + 1)),
    placeSizes,
  };
}

/** Where the score of a class at a place lies. @param place row-major over the axes other than batch and class */
export function elementAt({ classes, after }: ScoreLayout, place: number, index: number): number {
  return (Math.floor(place / after) * classes + index) * after + (place % after);
}

/** The place and the class of an element: the reverse of `elementAt`. */
export function placeOf({ classes, after }: ScoreLayout, element: number): { place: number; class: number } {
  const behind = element % after;
  const row = (element - behind) / after;
  return { place: Math.floor(row / classes) * after + behind, class: row % classes };
}

/** Whether an output is one score with two answers. */
export function yesOrNo({ form, kind }: Pick<OutputPort, "form" | "kind">): boolean {
  return form === "single" && kind !== "score";
}

/** Whether classes are rivals, so that what speaks for one speaks against the others. */
export function classesCompete({
  kind,
  form,
  classes,
  rivals,
}: Pick<OutputPort, "kind" | "form" | "classes" | "rivals">): boolean {
  if (form === "single") return kind !== "score";
  return classes > 1 && (rivals === true || kind === "softmax" || kind === "log-softmax" || kind === "none");
}

/** Sizes as text: "N x 21 x 32 x 32". */
export function describeSizes(dims: readonly Size[] | undefined): string {
  return dims?.map(describeSize).join(" x ") ?? "unknown shape";
}

function describeSize(size: Size): string {
  if (typeof size === "number") return String(size);
  return size.times === 1 ? "N" : `${size.times}N`;
}
