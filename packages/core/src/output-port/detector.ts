/**
 * Detectors: which value has one score for each place and class, and which has the boxes of the places. The layouts are those
 * that the families of detectors export (docs/outputs.md).
 */
import { createTape, type Graph, type Node, type Tape } from "@onnx-lrp/onnx-loader";
import {
  constantReader,
  constantTensors,
  producers as producersOf,
  type Shapes,
  type Size,
  valueNames,
} from "@onnx-lrp/onnx-loader/internal";
import { sameDims, sameSize } from "../operators/size.ts";
import { has, isOp } from "../operators/traits.ts";
import { finalActivation } from "./activation.ts";
import type { BoxPort } from "./boxes.ts";
import type { OutputPort, ScoreKind } from "./output-port.ts";
import type { ScoreValue } from "./postprocessing.ts";
import { beforeSigmoid, makerOf, type RowView, sigmoidOf, slice } from "./rows.ts";

/** A detector's port, but for the sizes of its scores. */
export interface Detector extends Pick<OutputPort, "output" | "logits" | "own" | "kindSource" | "through"> {
  readonly kind: ScoreKind;
  readonly classAxis: 1 | 2;
  readonly boxes: BoxPort;
  /** The outputs of the file that it was read from. */
  readonly outputs: readonly string[];
}

export interface DetectorView extends RowView {
  readonly graph: Graph;
  readonly batch: Size;
  isConstant(value: string): boolean;
}

/** @param tape takes nodes that the detector needs beside those of the network */
export function detectorView(graph: Graph, shapes: Shapes, batch: Size): DetectorView {
  const tape: Tape = createTape(valueNames(graph), "boxes");
  const tensors = constantTensors(graph);
  const isConstant = (value: string) => tensors.has(value);
  const numbers = constantReader(tensors);
  return { graph, shapes, batch, tape, numbers, isConstant, producers: producersOf(graph) };
}

export function findDetector(scores: readonly ScoreValue[], view: DetectorView): Detector | undefined {
  for (const score of scores) {
    const found = score.selected === undefined ? rowDetector(score, view) : undefined;
    if (found !== undefined) return found;
  }
  return pairDetector(scores, view);
}

/** Boxes and scores as rows of one output: YOLO. */
function rowDetector({ output, value, through }: ScoreValue, view: DetectorView): Detector | undefined {
  const dims = view.shapes.get(value)?.dims ?? [];
  if (dims.length !== 3 || !sameSize(dims[0], view.batch)) return undefined;
  for (const axis of [1, 2] as const) {
    const rows = dims[axis];
    if (typeof rows !== "number" || rows < 5) continue;
    const made = (row: number) => sigmoidOf(value, axis, row, view);
    const first = made(4);
    if (first === undefined || [0, 1, 2, 3].some((row) => made(row) !== undefined)) continue;
    // Numbers as a layer gives them are no boxes yet.
    const maker = makerOf(value, axis, 0, view);
    if (maker === undefined || !(has(maker, "arithmetic") || isOp(maker, "Pow", "Clip", "ScatterND")))
      continue;
    const objectness = rows > 5 && hasObjectness(value, first, made(5), view);
    const from = objectness ? 5 : 4;
    let to = from;
    while (to < rows && made(to) !== undefined) to += 1;
    const found = objectness
      ? withObjectness({ value, axis, from, to }, view)
      : { logits: beforeSigmoid({ value, axis, from, to }, view), own: undefined };
    if (found.logits === undefined) continue;
    const layout = objectness ? "YOLOv5 and YOLOv7" : "YOLOv8 and YOLO11";
    return {
      ...{ output, through, logits: found.logits, own: found.own, kind: "sigmoid", classAxis: axis },
      kindSource: {
        by: "graph",
        why: `its scores are made by a Sigmoid, beside boxes, as ${layout} have them`,
      },
      boxes: {
        ...{ layout, value: slice({ value, axis, from: 0, to: 4 }, view), coordinatesFirst: axis === 1 },
        ...{ format: "cxcywh", unit: "pixels", background: undefined },
      },
      outputs: [output],
    };
  }
  return undefined;
}

/** The score of a class is the product of two probabilities; its logit is taken to be the sum of theirs. */
function withObjectness(
  { value, axis, from, to }: { value: string; axis: number; from: number; to: number },
  view: DetectorView,
): { readonly logits: string | undefined; readonly own: string | undefined } {
  const [object, classes] = [
    { value, axis, from: from - 1, to: from },
    { value, axis, from, to },
  ];
  const [isObject, isClass] = [beforeSigmoid(object, view), beforeSigmoid(classes, view)];
  if (isObject === undefined || isClass === undefined) return { logits: undefined, own: undefined };
  return {
    logits: view.tape.emit("Add", [isClass, isObject]),
    own: view.tape.emit("Mul", [slice(classes, view), slice(object, view)]),
  };
}

/** Whether the fifth row says if there is an object: the Sigmoid that makes it makes boxes too, or makes it alone. */
function hasObjectness(value: string, fifth: Node, sixth: Node | undefined, view: DetectorView): boolean {
  if (sixth === undefined) return false;
  if (sixth !== fifth) return true;
  return sigmoidBehind(value, view) === fifth;
}

/** The Sigmoid that the first row is computed from, by arithmetic with constants. */
function sigmoidBehind(value: string, view: DetectorView): Node | undefined {
  let node = view.producers.get(value);
  for (let steps = 0; node !== undefined && steps < 64; steps += 1) {
    if (isOp(node, "Sigmoid")) return node;
    const moves = has(node, "arithmetic", "changesNothing", "reshapes", "permutes", "picks", "joins");
    if (!moves && !isOp(node, "Pow", "ScatterND")) return undefined;
    const computed: string = node.inputs.find((input) => view.producers.has(input)) ?? "";
    node = view.producers.get(computed);
  }
  return undefined;
}

/** Boxes and scores in outputs of their own, or selected from such: SSD, RetinaNet, DETR, YOLO26. */
function pairDetector(scores: readonly ScoreValue[], view: DetectorView): Detector | undefined {
  // Scores of four classes have the sizes of boxes.
  const likeliest = [...scores].sort((a, b) => boxLikelihood(b, view) - boxLikelihood(a, view));
  for (const box of likeliest) {
    const boxes = box.selected === undefined ? box.value : box.selected.all;
    const sizes = boxes === undefined ? undefined : boxSizes(boxes, view);
    if (boxes === undefined || sizes === undefined) continue;
    const ends = sigmoidEnds(boxes, view);
    for (const score of scores) {
      if (score === box || score.value === boxes) continue;
      const found = scoresAtPlaces(score, sizes.places, view);
      // What no Softmax or Sigmoid makes may be anything.
      const likely = found?.kind !== "none" || ends || namesOfScores.test(score.output);
      if (found === undefined || !likely) continue;
      const selected = score.selected !== undefined && box.selected !== undefined;
      const { layout, ...format } = pairLayout(
        boxes,
        { selected, kind: found.kind, rows: box.output === score.output },
        view,
      );
      const kind = found.kind === "none" && layout === "DETR" ? detrKind(found.places) : found.kind;
      const background = kind !== "softmax" ? undefined : layout === "DETR" ? found.classes - 1 : 0;
      return {
        ...{ output: score.output, through: score.through, own: undefined, classAxis: found.classAxis },
        ...{ logits: found.logits, kind },
        kindSource: {
          by: found.kind === "none" ? "guess" : "graph",
          why: `its scores stand beside boxes, as ${layout} has them`,
        },
        boxes: { layout, value: boxes, coordinatesFirst: sizes.first, ...format, background },
        outputs: [score.output, box.output],
      };
    }
  }
  return undefined;
}

const namesOfBoxes = /box|loc|coord|reg/i;

function boxLikelihood({ output, value, selected }: ScoreValue, view: DetectorView): number {
  if (namesOfBoxes.test(output)) return 2;
  if (namesOfScores.test(output)) return -1;
  // What is computed from a selection is boxes; what is only selected is scores or classes.
  if (selected !== undefined && selected.all === value) return 2;
  const node = view.producers.get(value);
  if (node !== undefined && isOp(node, "Softmax")) return -1;
  return sigmoidEnds(value, view) ? 1 : 0;
}

const namesOfScores = /scor|conf|logit|cls|class|prob/i;

function sigmoidEnds(value: string, { producers }: DetectorView): boolean {
  const node = producers.get(value);
  return node !== undefined && isOp(node, "Sigmoid");
}

/** DETR has a class for "no object" and about a hundred queries; those that came after it have labels and more queries. */
function detrKind(places: number): ScoreKind {
  return places >= 300 ? "sigmoid" : "softmax";
}

function boxSizes(
  value: string,
  { shapes, batch }: DetectorView,
): { readonly places: number; readonly first: boolean } | undefined {
  const { dims = [], type = "" } = shapes.get(value) ?? {};
  if (!type.includes("float")) return undefined;
  const own = dims.length === 3 && sameSize(dims[0], batch) ? dims.slice(1) : dims;
  const [a, b] = own;
  if (own.length !== 2 || typeof a !== "number" || typeof b !== "number") return undefined;
  if (own !== dims || batch === 1) {
    if (b === 4) return { places: a, first: false };
    if (a === 4) return { places: b, first: true };
  }
  return undefined;
}

interface PlaceScores {
  readonly logits: string;
  readonly kind: ScoreKind;
  readonly classAxis: 1 | 2;
  readonly places: number;
  readonly classes: number;
}

function scoresAtPlaces(
  { value, selected }: ScoreValue,
  places: number,
  view: DetectorView,
): PlaceScores | undefined {
  const { dims: own = [], type = "" } = view.shapes.get(value) ?? {};
  // What is selected picture by picture has lost its batch.
  const lacksBatch = own.length === 2 && view.batch === 1;
  const dims = lacksBatch ? [1, ...own] : own;
  if (dims.length !== 3 || !sameSize(dims[0], view.batch) || !type.includes("float")) return undefined;
  const classAxis: 1 | 2 | undefined = dims[1] === places ? 2 : dims[2] === places ? 1 : undefined;
  const classes = classAxis === undefined ? undefined : dims[classAxis];
  if (classAxis === undefined || typeof classes !== "number") return undefined;
  const common = { classAxis, places, classes } as const;
  const whole = () => (lacksBatch ? view.tape.emit("Unsqueeze", [value, view.tape.ints([0])]) : value);
  if (selected?.sigmoid) return { ...common, logits: whole(), kind: "sigmoid" };
  const logits = lacksBatch
    ? undefined
    : beforeSigmoid({ value, axis: classAxis, from: 0, to: classes }, view);
  if (logits !== undefined) return { ...common, logits, kind: "sigmoid" };
  const { producers, numbers, isConstant } = view;
  const activation = finalActivation(value, { producers, numbers, isConstant });
  const before = activation && view.shapes.get(activation.logits)?.dims;
  if (activation !== undefined && before !== undefined && sameDims(before, dims)) {
    return { ...common, logits: activation.logits, kind: activation.kind };
  }
  return { ...common, logits: whole(), kind: "none" };
}

function pairLayout(
  boxes: string,
  { selected, kind, rows }: { selected: boolean; kind: ScoreKind; rows: boolean },
  view: DetectorView,
): Pick<BoxPort, "layout" | "format" | "unit"> {
  if (sigmoidEnds(boxes, view)) return { layout: "DETR", format: "cxcywh", unit: "fraction" };
  const layout = rows ? "YOLO26" : kind === "softmax" ? "SSD" : "RetinaNet";
  if (selected) return { layout, format: "xyxy", unit: "by-numbers" };
  return { layout, format: "by-numbers", unit: "by-numbers" };
}
