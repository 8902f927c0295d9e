/** What is asked of a network, as questions. */
import type { Explainer } from "@onnx-lrp/core";
import {
  defaultBoxes,
  type FindClass,
  type Mask,
  parseTarget,
  type Question,
  type Questions,
  yesOrNo,
} from "@onnx-lrp/core/internal";
import type { Likeness } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { className } from "./class-name.ts";
import { kindOf } from "./picture-source.ts";
import type { Platform } from "./platform.ts";

const topPattern = /^top(?::(.*))?$/i;

/**
 * The number of targets of a picture: of a detector that is asked for what it found, any.
 *
 * @param wanted undefined where the user asks for nothing in particular
 */
export function targetCountOf(
  wanted: readonly string[] | undefined,
  { boxes }: Pick<Explainer["head"], "boxes">,
): number | undefined {
  return wanted === undefined && boxes !== undefined ? undefined : countTargets(wanted ?? ["top"]);
}

/**
 * The largest number of targets of a picture, before the network is known: several may turn out to be the same class.
 *
 * @returns undefined if a count is invalid, which `parseTarget` reports
 */
function countTargets(wanted: readonly string[]): number | undefined {
  const counts = wanted.map((text) => Number(topPattern.exec(text)?.[1] ?? 1));
  const sum = counts.reduce((a, b) => a + b, 0);
  return counts.every((count) => Number.isInteger(count) && count > 0) ? sum : undefined;
}

/**
 * What targets, and the one that they are contrasted with, ask of a network, with the masks that they name.
 */
export async function readQuestions(
  platform: Platform,
  {
    targets,
    against,
  }: { readonly targets: readonly string[] | undefined; readonly against: string | undefined },
  { head }: Pick<Explainer, "head">,
  find: FindClass,
): Promise<Questions> {
  const questions =
    targets === undefined && head.boxes !== undefined
      ? defaultBoxes()
      : unlike((targets ?? ["top"]).flatMap((text) => parseTarget(text, head, find)));
  const contrast = against === undefined ? undefined : parseAgainst(against, head, find);
  if (
    contrast !== undefined &&
    questions.length === 1 &&
    JSON.stringify(questions[0]) === JSON.stringify(contrast)
  ) {
    throw new UserError("usage", `What the target is contrasted with, "${against}", is the target itself.`, {
      subject: { option: "against" },
      remedies: [{ kind: "text", text: "give another class" }],
    });
  }
  return {
    questions,
    against: contrast,
    masks: await readMasks(platform, [...questions, ...(contrast ? [contrast] : [])]),
  };
}

/** The questions, the last of them again until there are `count`. */
export function filledQuestions(questions: Questions, count: number | undefined): Questions {
  const last = questions.questions.slice(-1);
  const missing = Math.max(0, (count ?? 0) - questions.questions.length);
  return {
    ...questions,
    questions: [...questions.questions, ...Array.from({ length: missing }, () => last).flat()],
  };
}

function unlike(questions: readonly Question[]): Question[] {
  return [...new Map(questions.map((question) => [JSON.stringify(question), question])).values()];
}

function parseAgainst(text: string, head: Explainer["head"], find: FindClass): Question {
  const [question, ...more] = parseTarget(text, head, find);
  if (question !== undefined && more.length === 0 && !/^top:/i.test(text)) return question;
  throw new UserError(
    "usage",
    `What targets are contrasted with must be one class: top, an index or a label; got "${text}".`,
    { subject: { option: "against" } },
  );
}

async function readMasks(
  platform: Platform,
  questions: readonly Question[],
): Promise<ReadonlyMap<string, Mask>> {
  const files = questions.flatMap(masksOf);
  const { maskOf } = await import("./mask.ts");
  const masks = new Map<string, Mask>();
  for (const file of new Set(files)) masks.set(file, maskOf(await platform.decodePicture(file)));
  return masks;
}

function masksOf(question: Question): string[] {
  if (question.kind === "likeliest") return question.among.flatMap((one) => masksOf(one.question));
  return question.kind === "at" && question.place.kind === "mask" ? [question.place.file] : [];
}

/** Classes by index or label; of a label that fits several classes all of them. */
export async function classFinder(
  labels: readonly string[] | undefined,
  classes: number,
): Promise<FindClass> {
  const { findClasses } = await import("@onnx-lrp/pictures/internal");
  return (query) => {
    const found = findClasses(query, labels, classes);
    const [first] = found;
    if (found.length === 1 && first !== undefined) return first;
    const names = found.map((index) => className(labels?.[index], index));
    return found.map((index, i) => {
      const name = names[i] ?? "";
      return {
        class: index,
        name: names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${index})`,
      };
    });
  };
}

/** Names of the two answers that one score gives. */
export function answersOf(head: Explainer["head"]): readonly string[] | undefined {
  return yesOrNo(head) ? ["no", "yes"] : undefined;
}

/**
 * Likeness to what the network gives for another picture, or to the numbers of an array.
 *
 * @throws UserError `usage` beside a class, `input` for files that cannot be read
 */
export async function readTowards(
  platform: Platform,
  file: string,
  likeness: Likeness,
  explainer: Explainer,
  read: (path: string) => Promise<Float32Array>,
): Promise<Questions> {
  const { toFloat32 } = await import("@onnx-lrp/pictures/internal");
  const values =
    kindOf(file) === "tensor"
      ? toFloat32((await platform.readArray(explainer.head.output, file)).data)
      : (await explainer.score([await read(file)]))[0]?.logits;
  if (values === undefined) throw new UserError("run", `The network gave no scores of "${file}".`);
  return { questions: [{ kind: "towards", values, likeness }], masks: new Map() };
}
