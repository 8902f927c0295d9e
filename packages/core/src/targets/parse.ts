/**
 * The grammar of targets:
 *
 *     top, top:K             the most probable classes
 *     CLASS                  a class by index or label; of one score yes or no
 *     CLASS@X,Y              at a pixel of the picture as the network sees it
 *     CLASS@cell:COL,ROW     at a place of the output's own grid
 *     CLASS@mask.png         in a region
 *     CLASS@found, CLASS@all where the class is found, everywhere
 *     box:N, box:X,Y         of a detector: the N-th box by score, from 1; the best box over a pixel
 *     box:N=CLASS            the score of another class at that box
 *     index:I,J,...          an element of the output
 *
 * Of a detector `top:K` are the K best boxes, and CLASS is the best box of that class.
 */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { type OutputPort, scoreLayout, sizesOf, yesOrNo } from "../output-port/output-port.ts";
import type { NamedClass, Place, Question } from "./question.ts";

/** The class that an index or label names, or the several that it may mean. */
export type FindClass = (query: string) => number | readonly NamedClass[];

/**
 * @returns one question, or several for `top:K`
 * @throws UserError `usage` for what the grammar does not have, and what the output cannot be asked
 */
export function parseTarget(text: string, port: OutputPort, find: FindClass): Question[] {
  let several: { readonly query: string; readonly classes: readonly NamedClass[] } | undefined;
  const questions = parse(text, port, (query) => {
    const found = find(query);
    if (typeof found === "number") return found;
    several = { query, classes: found };
    return found[0]?.class ?? Number.NaN;
  });
  return several === undefined ? questions : [oneOf(several.query, several.classes, text, port)];
}

function oneOf(query: string, classes: readonly NamedClass[], text: string, port: OutputPort): Question {
  const among = classes.flatMap((one) =>
    parse(text, port, () => one.class).map((question) => ({ ...one, question })),
  );
  return { kind: "likeliest", query, among };
}

function parse(text: string, port: OutputPort, find: (query: string) => number): Question[] {
  const top = /^top(?::(.*))?$/i.exec(text);
  if (top !== null) return ranks(text, top[1], port);
  const element = /^index:(.*)$/i.exec(text);
  if (element !== null) return [{ kind: "element", index: elementIndex(text, element[1] ?? "", port) }];
  const box = /^box:(.*)$/i.exec(text);
  if (box !== null) return [boxTarget(text, box[1] ?? "", port, find)];
  const at = text.lastIndexOf("@");
  if (at <= 0) return [port.form === "places" ? atPlaces(text, port, find) : classTarget(text, port, find)];
  if (port.form !== "places") {
    throw usage(
      `"${text}" asks for a class at a place, and the network has one score per class for the whole picture.`,
      `leave out "${text.slice(at)}"`,
    );
  }
  return [{ kind: "at", class: find(text.slice(0, at)), place: parsePlace(text, text.slice(at + 1), port) }];
}

/** The boxes of a detector that are explained where no target was asked for. */
export function defaultBoxes(): Question[] {
  return Array.from({ length: 5 }, (_, i) => ({ kind: "box", which: { by: "default", rank: i + 1 } }));
}

function boxTarget(text: string, rest: string, port: OutputPort, find: (query: string) => number): Question {
  if (port.boxes === undefined) {
    throw usage(`"${text}" asks for a box, and the network is no detector that is known.`);
  }
  const equals = rest.indexOf("=");
  const which = (equals === -1 ? rest : rest.slice(0, equals))
    .split(",")
    .map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  const named = equals === -1 ? undefined : find(rest.slice(equals + 1));
  const [first = 0, second] = which;
  if (which.some(Number.isNaN) || which.length > 2 || (second === undefined && first < 1)) {
    throw usage(`"${text}" names no box: behind "box:" comes a number from 1 (by score), or X,Y, a pixel.`);
  }
  if (named !== undefined && port.classes === 1) {
    throw usage(
      `"${text}" asks for a class at a box, and the network has one score for each box.`,
      `leave out "${rest.slice(equals)}"`,
    );
  }
  return {
    kind: "box",
    which: second === undefined ? { by: "score", rank: first } : { by: "pixel", x: first, y: second },
    class: named,
  };
}

function classTarget(text: string, port: OutputPort, find: (query: string) => number): Question {
  if (!yesOrNo(port)) return { kind: "class", class: find(text) };
  const answer = { yes: 1, "1": 1, no: 0, "0": 0 }[text.trim().toLowerCase()];
  return { kind: "class", class: answer ?? find(text) };
}

/** A class of a network that has it at many places: where it is found. */
function atPlaces(text: string, port: OutputPort, find: (query: string) => number): Question {
  if (port.boxes !== undefined) return { kind: "box", which: { by: "class", class: find(text) } };
  if (/^\d+$/.test(text.trim()) || port.kind !== "score") {
    return { kind: "at", class: find(text), place: { kind: "found" } };
  }
  throw usage(
    `The output "${port.output}" holds numbers at several places.`,
    'ask for an element as "index:I,J"',
  );
}

function ranks(text: string, count: string | undefined, port: OutputPort): Question[] {
  const number = count === undefined ? 1 : Number(count);
  if (port.boxes !== undefined && Number.isInteger(number) && number >= 1) {
    return Array.from({ length: number }, (_, i) => ({
      kind: "box",
      which: { by: "score", rank: i + 1 },
    }));
  }
  if (Number.isInteger(number) && number >= 1 && number <= port.classes) {
    return Array.from({ length: number }, (_, i) => ({ kind: "rank", rank: i + 1 }));
  }
  throw usage(
    `In top:K the K must be an integer from 1 to ${port.classes}, the number of classes; got "${text}".`,
  );
}

function elementIndex(text: string, list: string, port: OutputPort): number[] {
  const sizes = sizesOf(port);
  const index = list.split(",").map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  const ranges = sizes.map((size) => `0 to ${size - 1}`).join(", ");
  if (index.length !== sizes.length || index.some((i, axis) => !(i < (sizes[axis] ?? 0)))) {
    throw usage(
      `"${text}" is no element of the output "${port.output}"; it takes ${sizes.length === 1 ? "one number" : `${sizes.length} numbers`}: ${ranges}.`,
    );
  }
  return index;
}

function parsePlace(whole: string, text: string, port: OutputPort): Place {
  const lower = text.toLowerCase();
  if (lower === "found" || lower === "all") return { kind: lower };
  const cell = /^cell:(.*)$/i.exec(text);
  const axes = scoreLayout(port).placeSizes.length;
  const position = (cell?.[1] ?? text)
    .split(",")
    .map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (position.every(Number.isInteger)) {
    if (port.boxes !== undefined && cell === null) {
      throw usage(
        `"${whole}" asks for a class at a pixel, and the network finds boxes.`,
        `ask for the box over it as "box:${position.join(",")}"`,
      );
    }
    if (position.length === axes) return { kind: cell === null ? "pixel" : "cell", position };
    throw usage(
      `"${whole}" has ${position.length === 1 ? "1 coordinate" : `${position.length} coordinates`}; the output "${port.output}" has ${axes} axes of places.`,
    );
  }
  if (cell === null && /\.[a-z]+$/i.test(text)) return { kind: "mask", file: text };
  throw usage(
    `"${whole}" names no place: behind "@" comes X,Y, cell:COLUMN,ROW, a picture file with a mask, found or all.`,
  );
}

function usage(reason: string, remedy?: string): UserError {
  return new UserError("usage", reason, {
    subject: { option: "target" },
    remedies: remedy === undefined ? [] : [textRemedy(remedy)],
  });
}
