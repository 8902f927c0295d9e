/** What is written about maps: in figures, on the terminal, and in results. */
import type { Explainer } from "@onnx-lrp/core";
import { titleOf } from "@onnx-lrp/core/names";
import type { Preprocess, Source } from "@onnx-lrp/pictures";
import type { ExplainedBox, ScoredClass } from "./answers.ts";
import { className } from "./class-name.ts";
import { percent, shortNumber } from "./format.ts";
import { sourceMark } from "./source-mark.ts";

/** A class that SGLRP set a class against. */
export interface Rival {
  readonly class: number;
  /** undefined where the classes have no names. */
  readonly label: string | undefined;
  /** Its share of the seed that all rivals have together, 0 to 1. */
  readonly weight: number;
}

/** What the words about one target's map are made of. */
export interface WordedTarget {
  readonly class: number;
  readonly label: string | undefined;
  readonly where: string | undefined;
  readonly probability: number;
  readonly logit: number;
  readonly box: ExplainedBox | undefined;
  readonly against: Pick<ScoredClass, "class" | "label"> | undefined;
  readonly rivals: readonly Rival[];
  readonly sum: number;
}

type Worded = Pick<Explainer, "head" | "record">;

/** What is written over and under a map in a figure. */
export interface FigureWords {
  readonly label: string;
  /** undefined where the score is a number, which the label has. */
  readonly probability: number | undefined;
  readonly note: string | undefined;
}

export function figureWords({ head, record }: Worded, target: WordedTarget): FigureWords {
  const { box, rivals, against, probability } = target;
  const isNumber = head.kind === "score";
  const not = against === undefined ? "" : `, not ${className(against.label, against.class)}`;
  return {
    label: `${nameOf(head, target)}${not}${isNumber ? `: ${shortNumber(probability)}` : ""}`,
    probability: isNumber ? undefined : probability,
    note: boxNote(box) ?? rivalsNote(rivals, 2) ?? sumNote({ head, record }, target),
  };
}

/** What a map is set against, or what it sums to; undefined where the method says neither. */
export function targetNote(worded: Worded, target: WordedTarget): string | undefined {
  return rivalsNote(target.rivals) ?? sumNote(worded, target);
}

/** A class with the place that it was looked at, or an element. */
function nameOf(head: Explainer["head"], { class: index, label, where }: WordedTarget): string {
  if (head.kind === "score") return where ?? numberName(head, label, index);
  return [className(label, index), ...(where === undefined ? [] : [where])].join(" ");
}

/** What a number that is no score of a class is called. */
export function numberName(
  { form, output }: Explainer["head"],
  label: string | null | undefined,
  index: number,
): string {
  return label ?? (form === "single" ? output : `output ${index}`);
}

function boxNote(box: ExplainedBox | undefined): string | undefined {
  if (box?.positiveShare === undefined) return undefined;
  return `${percent(box.positiveShare)} of the positive relevance in the box`;
}

/** "against tiger cat 52 %, tabby 46 %"; undefined where no rivals were subtracted. */
function rivalsNote(rivals: readonly Rival[], most = 3): string | undefined {
  if (rivals.length === 0) return undefined;
  const names = rivals
    .slice(0, most)
    .map(({ class: index, label, weight }) => `${className(label, index)} ${Math.round(100 * weight)} %`);
  return `against ${names.join(", ")}`;
}

/** What the map of LRP sums to, and the score that it is a part of. */
function sumNote({ head, record }: Worded, { against, sum, logit }: WordedTarget): string | undefined {
  if (record.method !== "lrp" || against !== undefined || Number.isNaN(logit)) return undefined;
  const whole = head.kind === "score" ? shortNumber(logit) : `a logit of ${shortNumber(logit)}`;
  const lost = Math.abs(sum - logit) > 0.01 * Math.abs(logit);
  return `sums to ${shortNumber(sum)} of ${whole}${lost ? "; biases and stabilizers kept the rest" : ""}`;
}

/** Who says how inputs are made, and how classes are named. */
export interface Provenance {
  readonly spec: Preprocess;
  /** undefined where nothing is preprocessed. */
  readonly specSource: Source | undefined;
  readonly labelSource: Source | undefined;
}

/** How a figure was made, and where preprocessing and labels come from. */
export function captionOf(
  record: Explainer["record"],
  { spec, specSource, labelSource }: Provenance,
): string {
  return [
    titleOf(record),
    ...(specSource === undefined ? [] : [preprocessingWords(spec.name, specSource)]),
    ...(labelSource === undefined ? [] : [labelWords(labelSource)]),
  ].join(" · ");
}

function preprocessingWords(name: string, source: Source): string {
  return source.from === "guess"
    ? `preprocessing guessed: ${name}`
    : `preprocessing ${name} (${sourceMark(source)})`;
}

function labelWords(source: Source): string {
  return source.from === "guess" ? "labels guessed: ImageNet" : `labels ${sourceMark(source)}`;
}
