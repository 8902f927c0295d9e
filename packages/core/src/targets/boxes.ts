/** The boxes that a detector finds in a picture: read from its numbers, ranked, without those that say the same again. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { type PlaceShape, placesOfShape } from "../grid/place-axes.ts";
import type { Scores } from "../network/probabilities.ts";
import type { BoxFormat, BoxPort } from "../output-port/boxes.ts";
import { type OutputPort, placeOf, type ScoreLayout, scoreLayout } from "../output-port/output-port.ts";
import type { Question, WhichBox } from "./question.ts";

/** A rectangle in pixels of the picture as the network sees it; the far edges are exclusive. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface FoundBox extends Rectangle {
  /** Its place by score, from 1. */
  readonly rank: number;
  readonly class: number;
  readonly probability: number;
  /** Of the output's scores. */
  readonly place: number;
}

export type BoxQuestion = Extract<Question, { kind: "box" }>;

export interface BoxedPicture {
  readonly port: OutputPort;
  /** The picture as the network sees it. */
  readonly image: PlaceShape;
  readonly scores: Scores;
}

/** Of two boxes of one class that overlap by more (intersection over union), the better one remains. */
export const mostOverlap = 0.5;
/** Boxes with a lower probability are explained only where they are asked for. */
export const leastProbability = 0.25;
/** Of all the boxes that cover a pixel those below say that nothing is there. */
const leastOverPixel = 0.05;
/** The best scores that boxes are looked for among. */
const mostCandidates = 1000;

/**
 * The boxes of a picture, best first: the boxes of the best scores, without those of the same class that overlap a better one.
 *
 * @throws UserError `unsupported` for an output whose numbers are no boxes, `usage` for a port that is no detector's
 */
export function foundBoxes({ port, image, scores }: BoxedPicture): FoundBox[] {
  const { boxes } = port;
  if (boxes === undefined || scores.boxes === undefined) {
    throw new UserError("usage", "Boxes are read from the scores of a detector, and there are none here.");
  }
  const layout = scoreLayout(port);
  const rectangleAt = rectangles(boxes, layout, scores.boxes, image);
  const kept: FoundBox[] = [];
  for (const element of bestScores(port, layout, scores)) {
    const { place, class: index } = placeOf(layout, element);
    const rectangle = rectangleAt(place);
    const again = kept.some((other) => other.class === index && overlap(other, rectangle) > mostOverlap);
    if (again) continue;
    const probability = scores.probabilities[element] ?? Number.NaN;
    kept.push({ ...rectangle, rank: kept.length + 1, class: index, probability, place });
  }
  return kept;
}

function bestScores({ boxes }: OutputPort, layout: ScoreLayout, { probabilities, logits }: Scores): number[] {
  const by = (a: number, b: number) =>
    (probabilities[b] ?? 0) - (probabilities[a] ?? 0) || (logits[b] ?? 0) - (logits[a] ?? 0) || a - b;
  // What cannot be among the best is left out before anything is sorted.
  const sample = Float64Array.from(probabilities).sort();
  const least = sample[Math.max(0, sample.length - mostCandidates)] ?? 0;
  const all: number[] = [];
  for (const [element, probability] of probabilities.entries()) {
    if (probability >= least && placeOf(layout, element).class !== boxes?.background) all.push(element);
  }
  return all.sort(by).slice(0, mostCandidates);
}

/** Intersection over union. */
function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left));
  const height = Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  const both = width * height;
  return both / Math.max(area(a) + area(b) - both, 1e-12);
}

function area({ left, top, right, bottom }: Rectangle): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** The box of a place, in pixels. */
function rectangles(
  { coordinatesFirst, format, unit, value }: BoxPort,
  { places }: ScoreLayout,
  numbers: Float32Array,
  image: PlaceShape,
): (place: number) => Rectangle {
  const at = (place: number, i: number) =>
    numbers[coordinatesFirst ? i * places + place : place * 4 + i] ?? Number.NaN;
  const ordered = format === "by-numbers" ? formatOf(at, places, value) : format;
  const isFraction =
    unit === "by-numbers" ? numbers.every((number) => Math.abs(number) <= 2) : unit === "fraction";
  const { height, width } = placesOfShape(image);
  const [x, y] = isFraction ? [width, height] : [1, 1];
  return (place) => {
    const [a, b, c, d] = [at(place, 0), at(place, 1), at(place, 2), at(place, 3)];
    switch (ordered) {
      case "cxcywh":
        return {
          left: (a - c / 2) * x,
          top: (b - d / 2) * y,
          right: (a + c / 2) * x,
          bottom: (b + d / 2) * y,
        };
      case "xyxy":
        return { left: a * x, top: b * y, right: c * x, bottom: d * y };
      case "yxyx":
        return { left: b * x, top: a * y, right: d * x, bottom: c * y };
    }
  };
}

function formatOf(
  at: (place: number, i: number) => number,
  places: number,
  value: string,
): Exclude<BoxFormat, "by-numbers"> {
  const every = (holds: (place: number) => boolean) =>
    Array.from({ length: places }, (_, i) => i).every(holds);
  if (every((place) => at(place, 2) >= at(place, 0) && at(place, 3) >= at(place, 1))) return "xyxy";
  if (every((place) => at(place, 2) >= 0 && at(place, 3) >= 0)) return "cxcywh";
  throw new UserError(
    "unsupported",
    `The numbers of "${value}" are no boxes: neither two corners, nor a centre with a width and a height. The network leaves it to others to compute boxes from them.`,
    {
      subject: { option: "target" },
      remedies: [{ kind: "option", option: "target", note: "an element, as index:PLACE,CLASS" }],
    },
  );
}

/**
 * @throws UserError `usage` for a place outside the picture and a box that was not found, with the five best; `input` where
 * nothing was asked for and nothing is likely enough
 */
export function askedBox(picture: BoxedPicture, which: WhichBox): FoundBox {
  const found = foundBoxes(picture);
  switch (which.by) {
    case "score":
      return (
        found[which.rank - 1] ??
        notFound(found, `There is no box ${which.rank}: the network finds ${found.length}`)
      );
    case "default": {
      const box = found[which.rank - 1];
      if (box !== undefined && box.probability >= leastProbability) return box;
      const share = `${leastProbability * 100} %`;
      return notFound(
        found,
        `No box has a probability of at least ${share}; any is explained that is asked for`,
        "input",
      );
    }
    case "class":
      return (
        found.find((box) => box.class === which.class) ??
        notFound(found, `No box of class ${which.class} is among the boxes that were found`)
      );
    case "pixel": {
      const { height, width } = placesOfShape(picture.image);
      const { x, y } = which;
      if (x >= width || y >= height) {
        throw new UserError(
          "usage",
          `The place ${x},${y} lies outside the picture: it goes from 0 to ${width - 1} and 0 to ${height - 1}.`,
          { subject: { option: "target" } },
        );
      }
      const over = (box: FoundBox) =>
        box.probability >= leastOverPixel &&
        x + 0.5 >= box.left &&
        x + 0.5 < box.right &&
        y + 0.5 >= box.top &&
        y + 0.5 < box.bottom;
      return (
        found.find(over) ??
        notFound(
          found,
          `No box with a probability of at least ${leastOverPixel * 100} % lies over the pixel ${x},${y}`,
        )
      );
    }
  }
}

/** Whether a box that nobody asked for by name is to be explained. */
export function isShown(picture: BoxedPicture, rank: number): boolean {
  return (foundBoxes(picture)[rank - 1]?.probability ?? 0) >= leastProbability;
}

function notFound(found: readonly FoundBox[], what: string, kind: "usage" | "input" = "usage"): never {
  const best = found.slice(0, 5).map((box) => {
    const corners = [box.left, box.top, box.right, box.bottom].map(Math.round);
    return `box:${box.rank} (class ${box.class}, ${(box.probability * 100).toPrecision(3)} %, from ${corners[0]},${corners[1]} to ${corners[2]},${corners[3]})`;
  });
  const list = best.length === 0 ? "There are none." : `The best are ${best.join(", ")}.`;
  throw new UserError(kind, `${what}. ${list}`, {
    subject: { option: "target" },
    remedies: [{ kind: "option", option: "target", note: "one of these boxes, or another picture" }],
  });
}

/** As users write it. */
export function boxText(which: WhichBox, { rank }: FoundBox): string {
  return which.by === "pixel" ? `box:${which.x},${which.y}` : `box:${rank}`;
}

/** The share of a map's positive relevance that lies in a rectangle. @param values row-major, a number for each pixel */
export function positiveShareInside(
  { left, top, right, bottom }: Rectangle,
  {
    width,
    height,
    values,
  }: { readonly width: number; readonly height: number; readonly values: ArrayLike<number> },
): number {
  let [inside, all] = [0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const positive = Math.max(values[y * width + x] ?? 0, 0);
      all += positive;
      if (x + 0.5 >= left && x + 0.5 < right && y + 0.5 >= top && y + 0.5 < bottom) inside += positive;
    }
  }
  return all === 0 ? Number.NaN : inside / all;
}
