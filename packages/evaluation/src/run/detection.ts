/** Of a detector: the classes of the box that it finds for a labelled object. */
import type { Scorer, Scores } from "@onnx-lrp/core";
import {
  type BoxedPicture,
  elementAt,
  type FoundBox,
  foundBoxes,
  scoreLayout,
} from "@onnx-lrp/core/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { PreparedItem } from "../types.ts";
import type { Answer, Answers } from "./question.ts";

/** Of a detection with the box of its object, at least: intersection over union, as of a right detection in PASCAL VOC. */
const leastOverlap = 0.5;

/**
 * The place stays that of the box in the unchanged picture, so that scores of changed ones are of the same box.
 *
 * @throws UserError `input` for an object that the network does not find, and a picture in which none is marked
 */
export function boxAnswers({ head, image }: Scorer, scores: Scores, item: PreparedItem): Answers {
  const { place } = detectionOf({ port: head, image, scores }, item);
  const layout = scoreLayout(head);
  const at = (index: number) => elementAt(layout, place, index);
  const answer = (index: number): Answer => {
    const weights = new Float32Array(scores.logits.length);
    weights[at(index)] = 1;
    return { class: index, target: { weights } };
  };
  const ranked = Array.from({ length: head.classes }, (_, index) => index)
    .filter((index) => index !== head.boxes?.background)
    .sort((a, b) => (scores.logits[at(b)] ?? 0) - (scores.logits[at(a)] ?? 0));
  const [predicted = item.item.label, second] = ranked;
  return {
    label: answer(item.item.label),
    predicted: answer(predicted),
    second: second === undefined ? undefined : answer(second),
  };
}

/**
 * The best detection of a labelled object: of its class, overlapping its box by at least a half.
 *
 * @throws UserError `input` if there is none, or nothing is marked in the picture
 */
function detectionOf(picture: BoxedPicture, { item, inside }: PreparedItem): FoundBox {
  const { width, height } = picture.image;
  const marked = inside && boundsOf(inside, width);
  if (marked === undefined) {
    throw new UserError("input", `"${item.id}" marks no object, and a detector is evaluated at objects.`);
  }
  const found = foundBoxes(picture).find(
    (box) => box.class === item.label && overlap(box, marked, { width, height }) >= leastOverlap,
  );
  if (found !== undefined) return found;
  throw new UserError(
    "input",
    `The network finds no box of class ${item.label} that overlaps the one that is marked in "${item.id}" by a half.`,
  );
}

type Rectangle = Pick<FoundBox, "left" | "top" | "right" | "bottom">;

/** The smallest rectangle around what is marked; undefined if nothing is. */
function boundsOf(inside: Uint8Array, width: number): Rectangle | undefined {
  let [left, top, right, bottom] = [width, Number.POSITIVE_INFINITY, -1, -1];
  for (const [pixel, is] of inside.entries()) {
    if (is === 0) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return right < 0 ? undefined : { left, top, right, bottom };
}

/** Intersection over union, of what lies in the picture. */
function overlap(a: Rectangle, b: Rectangle, { width, height }: { width: number; height: number }): number {
  const [left, top] = [Math.max(a.left, 0), Math.max(a.top, 0)];
  const [right, bottom] = [Math.min(a.right, width), Math.min(a.bottom, height)];
  const across = Math.max(0, Math.min(right, b.right) - Math.max(left, b.left));
  const down = Math.max(0, Math.min(bottom, b.bottom) - Math.max(top, b.top));
  const both = across * down;
  return both / ((right - left) * (bottom - top) + (b.right - b.left) * (b.bottom - b.top) - both);
}
