/** Questions as targets: weights on the scores of one picture. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { type PlaceShape, placeAxes, placesOfShape } from "../grid/place-axes.ts";
import { rankClasses, type Scores } from "../network/probabilities.ts";
import {
  elementAt,
  elementsOf,
  type OutputPort,
  scoreLayout,
  sizesOf,
  yesOrNo,
} from "../output-port/output-port.ts";
import { askedBox, type BoxQuestion, boxText, type FoundBox } from "./boxes.ts";
import { settle } from "./likeliest.ts";
import type { Mask, Place, Question } from "./question.ts";
import type { Target } from "./target.ts";

export interface ResolvedTarget {
  readonly target: Target;
  /** The class; undefined for elements that are none, and for a class by its rank as long as no scores are known. */
  readonly class: number | undefined;
  /** Where, as users write it: "@7,5", "index:3"; empty for a class of the whole picture. */
  readonly where: string;
  /** Places that are looked at; 1 for a class of the whole picture. */
  readonly places: number;
  /** Of a detector's box: where it is, and its score. */
  readonly box?: FoundBox | undefined;
  /** Sentences on how a question was understood, if that is unusual. */
  readonly notes: readonly string[];
}

export interface Asked {
  readonly port: OutputPort;
  /** The picture as the network sees it. */
  readonly image: PlaceShape;
  /** What the network says of the picture; for questions that need it. */
  readonly scores: Scores | undefined;
  /** Masks by the names that questions give them. */
  readonly masks: ReadonlyMap<string, Mask>;
}

/**
 * @throws UserError `usage` for places that the picture or the output does not have, `input` for a class that is found nowhere
 */
export function resolveQuestion(question: Question, asked: Asked): ResolvedTarget {
  const { port, scores } = asked;
  switch (question.kind) {
    case "class":
      return whole(question.class, question.class);
    case "rank": {
      if (port.form !== "places") return byRank(question.rank, scores);
      return atPlace(asked, foundClass(asked, question.rank), { kind: "found" });
    }
    case "at":
      return atPlace(asked, question.class, question.place);
    case "element":
      return element(port, question.index);
    case "box":
      return atBox(asked, question);
    case "likeliest": {
      const settled = settle(question, asked);
      const resolved = resolveQuestion(settled.question, asked);
      return { ...resolved, notes: [...settled.notes, ...resolved.notes] };
    }
    case "towards":
      return towards(asked, question);
  }
}

function whole(index: number, target: Target = index): ResolvedTarget {
  return { target, class: index, where: "", places: 1, notes: [] };
}

/** A class by its rank; without scores, one that the explainer looks up. */
function byRank(rank: number, scores: Scores | undefined): ResolvedTarget {
  if (scores === undefined) return { target: -rank, class: undefined, where: "", places: 1, notes: [] };
  return whole(rankClasses(scores)[rank - 1] ?? 0);
}

function known(scores: Scores | undefined): Scores {
  if (scores === undefined) throw new Error("the question needs the scores of the picture");
  return scores;
}

function element(port: OutputPort, index: readonly number[]): ResolvedTarget {
  const sizes = sizesOf(port);
  const at = index.reduce((sum, i, axis) => sum * (sizes[axis] ?? 1) + i, 0);
  const where = `index:${index.join(",")}`;
  // The one score there is speaks for yes.
  if (yesOrNo(port)) return { ...whole(1), where };
  if (port.form !== "places") return { ...whole(at), class: port.form === "classes" ? at : undefined, where };
  const weights = new Float32Array(elementsOf(port));
  weights[at] = 1;
  return { target: { weights }, class: undefined, where, places: 1, notes: [] };
}

function atBox({ port, image, scores }: Asked, question: BoxQuestion): ResolvedTarget {
  const box = askedBox({ port, image, scores: known(scores) }, question.which);
  const asked = question.class ?? box.class;
  const weights = new Float32Array(elementsOf(port));
  weights[elementAt(scoreLayout(port), box.place, asked)] = 1;
  return {
    target: { weights },
    class: asked,
    where: boxText(question.which, box),
    places: 1,
    box,
    notes: [],
  };
}

function towards(
  { port, scores }: Asked,
  { values, likeness }: Extract<Question, { kind: "towards" }>,
): ResolvedTarget {
  const elements = elementsOf(port);
  if (values.length !== elements) {
    throw new UserError(
      "usage",
      `The likeness is to ${values.length} numbers, and the output "${port.output}" has ${elements}.`,
      { subject: { option: "towards" } },
    );
  }
  const length = (list: Float32Array) => Math.sqrt(list.reduce((sum, value) => sum + value * value, 0));
  const scale = likeness === "dot" ? 1 : 1 / Math.max(length(values) * length(known(scores).logits), 1e-12);
  const weights = values.map((value) => value * scale);
  return {
    target: { weights },
    class: undefined,
    where: `towards (${likeness})`,
    places: elements,
    notes: [],
  };
}

function atPlace(asked: Asked, index: number, place: Place): ResolvedTarget {
  const { port } = asked;
  const layout = scoreLayout(port);
  const { chosen, notes } = placesIn(asked, index, place);
  const weights = new Float32Array(elementsOf(port));
  for (const at of chosen) weights[elementAt(layout, at, index)] = 1;
  return { target: { weights }, class: index, where: `@${placeText(place)}`, places: chosen.length, notes };
}

function placeText(place: Place): string {
  switch (place.kind) {
    case "pixel":
      return place.position.join(",");
    case "cell":
      return `cell:${place.position.join(",")}`;
    case "mask":
      return place.file;
    default:
      return place.kind;
  }
}

interface Chosen {
  readonly chosen: readonly number[];
  readonly notes: readonly string[];
}

function placesIn(asked: Asked, index: number, place: Place): Chosen {
  const { port, image } = asked;
  const { placeSizes, places } = scoreLayout(port);
  const every = () => Array.from({ length: places }, (_, at) => at);
  switch (place.kind) {
    case "all":
      return { chosen: every(), notes: [] };
    case "cell":
      return { chosen: [placeAt(place.position, placeSizes, placeSizes, "the output's grid")], notes: [] };
    case "pixel":
      return {
        chosen: [placeAt(place.position, pictureSizes(image, placeSizes), placeSizes, "the picture")],
        notes: [],
      };
    case "mask":
      return inMask(asked, place.file, placeSizes);
    case "found": {
      const isFound = finder(asked);
      const chosen = every().filter((at) => isFound(index, at));
      if (chosen.length > 0) return { chosen, notes: [] };
      throw new UserError("input", `The class ${index} is found nowhere in this picture.`, {
        remedies: [
          { kind: "option", option: "target", note: "another class, or a place: CLASS@X,Y or CLASS@all" },
        ],
      });
    }
  }
}

/** @param position x, y, z @param from sizes that it counts along, as the output's axes are: the last is x */
function placeAt(
  position: readonly number[],
  from: readonly number[],
  to: readonly number[],
  what: string,
): number {
  const reversed = [...position].reverse();
  if (reversed.some((at, axis) => at >= (from[axis] ?? 1))) {
    const sizes = [...from].reverse().map((size) => `0 to ${size - 1}`);
    throw new UserError(
      "usage",
      `The place ${position.join(",")} lies outside ${what}: it goes from ${sizes.join(" and ")}.`,
      {
        subject: { option: "target" },
      },
    );
  }
  return reversed.reduce((sum, at, axis) => {
    const size = to[axis] ?? 1;
    return sum * size + Math.min(size - 1, Math.floor(((at + 0.5) * size) / (from[axis] ?? 1)));
  }, 0);
}

/** The picture's sizes along the axes of an output's places. */
function pictureSizes(image: PlaceShape, placeSizes: readonly number[]): number[] {
  const sizes = placeAxes(image).map((axis) => placesOfShape(image)[axis]);
  if (sizes.length === placeSizes.length) return sizes;
  throw new UserError(
    "usage",
    `The output has ${placeSizes.length} axes of places, and the picture ${sizes.length}, so that a pixel names none of them.`,
    {
      subject: { option: "target" },
      remedies: [{ kind: "option", option: "target", note: "CLASS@cell:COLUMN,ROW" }],
    },
  );
}

function inMask({ image, masks }: Asked, file: string, placeSizes: readonly number[]): Chosen {
  const mask = masks.get(file);
  const [rows, columns] = placeSizes;
  if (mask === undefined) throw new Error(`the mask ${file} was not read`);
  if (rows === undefined || columns === undefined || placeSizes.length !== 2) {
    throw new UserError(
      "usage",
      "A mask marks pixels, and the output's places are not in rows and columns.",
      {
        subject: { option: "target" },
      },
    );
  }
  const chosen: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const y = Math.min(mask.height - 1, Math.floor(((row + 0.5) * mask.height) / rows));
    for (let column = 0; column < columns; column += 1) {
      const x = Math.min(mask.width - 1, Math.floor(((column + 0.5) * mask.width) / columns));
      if (mask.marked[y * mask.width + x]) chosen.push(row * columns + column);
    }
  }
  if (chosen.length === 0) {
    throw new UserError(
      "usage",
      `The mask "${file}" marks no place of the output, whose grid is ${rows} x ${columns}.`,
      {
        subject: { option: "target", file },
      },
    );
  }
  const { height, width } = placesOfShape(image);
  const resized = mask.width !== width || mask.height !== height;
  const note = `The mask "${file}" is ${mask.height} x ${mask.width} pixels and was resized to the ${height} x ${width} that the network sees.`;
  return { chosen, notes: resized ? [note] : [] };
}

/** Where each class is found, as a question by class and place. */
function finder({ port, scores }: Asked): (index: number, place: number) => boolean {
  const { logits, probabilities } = known(scores);
  const layout = scoreLayout(port);
  if (port.kind === "sigmoid") {
    return (index, place) => (probabilities[elementAt(layout, place, index)] ?? 0) > 0.5;
  }
  const winners = Int32Array.from({ length: layout.places }, (_, place) => {
    let best = 0;
    for (let c = 1; c < layout.classes; c += 1) {
      const higher =
        (logits[elementAt(layout, place, c)] ?? 0) > (logits[elementAt(layout, place, best)] ?? 0);
      if (higher) best = c;
    }
    return best;
  });
  return (index, place) => winners[place] === index;
}

/** The class that is found at the most places but for the background, by rank. */
function foundClass(asked: Asked, rank: number): number {
  const found = foundClasses(asked);
  const [, ...others] = found;
  // A first class that fills the picture is the background of a segmenter; it is asked for by name.
  const [first] = found;
  const ranked = first?.class === 0 && others.length > 0 ? [...others, first] : found;
  return ranked[rank - 1]?.class ?? ranked.at(-1)?.class ?? 0;
}

export interface FoundClass {
  readonly class: number;
  /** Places where it is found. */
  readonly places: number;
  /** The mean of its probability there. */
  readonly probability: number;
}

/** The classes of an output with scores at several places, those that are found at the most of them first. */
export function foundClasses(asked: Asked): FoundClass[] {
  const layout = scoreLayout(asked.port);
  const { probabilities } = known(asked.scores);
  const isFound = finder(asked);
  const all = Array.from({ length: layout.classes }, (_, index) => {
    let [places, sum] = [0, 0];
    for (let place = 0; place < layout.places; place += 1) {
      if (!isFound(index, place)) continue;
      places += 1;
      sum += probabilities[elementAt(layout, place, index)] ?? 0;
    }
    return { class: index, places, probability: places === 0 ? 0 : sum / places };
  });
  return all.filter(({ places }) => places > 0).sort((a, b) => b.places - a.places || a.class - b.class);
}
