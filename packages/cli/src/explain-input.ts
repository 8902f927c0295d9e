/** Explains one input: reads it, runs the network on it, writes maps and figure. */

import { basename, join } from "node:path";
import type { Explainer, Explanation, OtherRelevance, PictureExplanation } from "@onnx-lrp/core";
import type { Questions, ResolvedTarget } from "@onnx-lrp/core/internal";
import { titleOf } from "@onnx-lrp/core/names";
import type { ExplainedBox, QuantizedPrediction, ScoredClass } from "@onnx-lrp/network";
import { type Explainers, type InputFile, type ReadInput, readInputs } from "@onnx-lrp/network/internal";
import type { ModelFile } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputView, Preprocess, Source, ViewMap, ViewOptions } from "@onnx-lrp/pictures";
import { fileNamePart } from "./file-name-part.ts";
import { className, percent, shortNumber } from "./format.ts";
import { slug } from "./result-names.ts";
import { sourceMark } from "./source-text.ts";

/** What is the same for every input of a run. */
export interface RunContext {
  /** Folder for the results, and whether maps are written as arrays too. */
  readonly out: string;
  readonly npy: boolean;
  readonly file: ModelFile;
  readonly explainers: Explainers;
  /** How inputs are shown. */
  readonly look: ViewOptions;
  readonly labels: readonly string[] | undefined;
  /** Who says how pictures are preprocessed, and how classes are named. */
  readonly specSource: Source;
  readonly labelSource: Source | undefined;
  readonly questions: Questions;
  /** Whether the figure's maps share one colour scale. */
  readonly scale: "each" | "shared";
}

/** Something with a label, null where there is none, as JSON has it. */
type Named<T> = Omit<T, "label"> & { readonly label: string | null };
/** No logit for classes that are found at several places, or in boxes. */
type ClassResult = Named<Omit<ScoredClass, "logit">> & { readonly logit: number | null };
type QuantizedResult = Named<QuantizedPrediction>;
/** No share where there is no positive relevance. */
type BoxResult = Omit<ExplainedBox, "positiveShare"> & { readonly positiveShare: number | null };

interface TargetResult {
  readonly target: number;
  readonly label: string | null;
  /** Where the class was looked at, as it was asked: "@7,5"; null for the whole picture. */
  readonly where: string | null;
  /** Places that were looked at. */
  readonly places: number;
  readonly probability: number;
  readonly logit: number;
  /** Of a detector, in pixels of the picture as the network sees it; null for what is no box. */
  readonly box: BoxResult | null;
  /** The class that it was contrasted with. */
  readonly against: { readonly class: number; readonly label: string | null } | null;
  /** Of SGLRP the strongest rivals that were subtracted, with their share of the seed. */
  readonly rivals: readonly {
    readonly class: number;
    readonly label: string | null;
    readonly weight: number;
  }[];
  readonly seedScale: number;
  /** The map's sum minus the change of the logit from the baseline, for methods that define these to be equal. */
  readonly convergenceDelta: number | null;
  /** What relevance went to other inputs, which `--feed` gave a value; null where a method does not say. */
  readonly otherInputs: readonly OtherRelevance[] | null;
  readonly sum: number;
  readonly sumPositive: number;
  readonly png: string;
  readonly npy: string | null;
}

export interface InputResult {
  readonly input: string;
  /** Index of the picture in a file with a batch; null for a file with one picture. */
  readonly item: number | null;
  /** Sentences on how the file was decoded, if that is unusual. */
  readonly notes: readonly string[];
  readonly figure: string;
  readonly top: readonly ClassResult[];
  /** The prediction of a quantized network itself; its float equivalent is what is explained. */
  readonly quantized: QuantizedResult | null;
  readonly explanations: readonly TargetResult[];
}

/** The context of a run with the explainer of one input. */
interface InputContext extends RunContext {
  readonly explainer: Explainer;
  readonly spec: Preprocess;
}

/** An explanation with its map as the figure and the single picture draw it. */
type DrawnExplanation = Explanation & {
  readonly rivals: TargetResult["rivals"];
  readonly map: ViewMap;
  readonly asked: ResolvedTarget;
  readonly box: TargetResult["box"];
};

/**
 * Explains the items of a file, one after another.
 *
 * @param name the beginning of the results' names; in a batch the number of the picture follows
 */
export async function* explainInput(
  run: RunContext,
  input: InputFile,
  name: string,
): AsyncGenerator<InputResult> {
  const { explainer, spec } = await run.explainers.for(input);
  const context: InputContext = { ...run, explainer, spec };
  const items = await readInputs(input, spec, explainer.image, run.look);
  for (const [i, item] of items.entries()) {
    yield items.length === 1
      ? await explainOne(context, item, { input, item: null, name })
      : await explainOne(context, item, { input, item: i, name: `${name}.item-${i}` });
  }
}

interface Place {
  readonly input: InputFile;
  readonly item: number | null;
  readonly name: string;
}

async function explainOne(
  context: InputContext,
  { data, view: looks, notes }: ReadInput,
  place: Place,
): Promise<InputResult> {
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  const { input, item, name } = place;
  const { explainer } = context;
  const { askQuestions } = await import("@onnx-lrp/core/internal");
  const asked = await askQuestions(explainer, data, context.questions);
  const targets = asked.targets.map(({ target }) => target);
  const [result] = await explainer.explain([data], [targets], asked.against && [asked.against]);
  if (result === undefined) throw new UserError("run", `No result came back for "${input.path}".`);
  const { mapOnView } = await import("@onnx-lrp/pictures");
  const { viewForMap } = await import("@onnx-lrp/pictures/internal");
  const view = viewForMap(looks, explainer.map);
  const { answeredTargets, classAgainst, quantizedPrediction, topClasses } = await import(
    "@onnx-lrp/network/internal"
  );
  const { against } = context.questions;
  const answers = { result, explainer, labels: context.labels, asked, against };
  const rivals = await rivalFinder(context, result);
  const maps = (await answeredTargets(answers)).map(({ explanation, asked: target, box }) => ({
    ...explanation,
    asked: target,
    map: mapOnView(view, explanation.relevance, explainer.map),
    box: box === undefined ? null : { ...box, positiveShare: box.positiveShare ?? null },
    rivals: rivals(explanation),
  }));
  const other = await classAgainst(answers);
  const rival = other === undefined ? null : named(other);
  const explanations: TargetResult[] = [];
  for (const map of maps) explanations.push(await writeTarget(context, view, map, { name, rival }));
  const quantized = quantizedPrediction(result, context.labels);
  const figure = join(context.out, `${name}.${methodSlug(context)}.png`);
  await writeFileWhole(figure, await drawFigure(context, place, maps, view, rival));
  return {
    input: input.path,
    item,
    notes: [...notes, ...asked.targets.flatMap((target) => target.notes)],
    figure,
    top: (await topClasses(answers)).map((entry) => ({ ...named(entry), logit: entry.logit ?? null })),
    quantized: quantized === undefined ? null : named(quantized),
    explanations,
  };
}

function named<T extends { readonly label: string | undefined }>(one: T): Named<T> {
  return { ...one, label: one.label ?? null };
}

/** Whom SGLRP set a class against; nobody for other methods, and where one class is contrasted with another. */
async function rivalFinder(
  { explainer, labels, questions: { against } }: InputContext,
  result: PictureExplanation,
): Promise<(explanation: Explanation) => TargetResult["rivals"]> {
  const { rivalsOf } = await import("@onnx-lrp/core/internal");
  if (explainer.record.method !== "sglrp" || against !== undefined) return () => [];
  return ({ target }) =>
    rivalsOf(explainer.head, result, target).map((rival) => ({
      ...rival,
      label: labelOf(labels, rival.class),
    }));
}

/** The method in a file's name, with the composite if it is not the default. */
function methodSlug({ explainer }: InputContext): string {
  const { method, composite } = explainer.record;
  const own = ["zplus-box", "gradient", "none", "excitation"];
  const usual = own.includes(composite) || method.includes(composite);
  return usual ? method : `${method}-${fileNamePart(composite, "rules")}`;
}

function labelOf(labels: readonly string[] | undefined, target: number): string | null {
  return labels?.[target] ?? null;
}

async function writeTarget(
  context: InputContext,
  view: InputView,
  explanation: DrawnExplanation,
  { name, rival }: { readonly name: string; readonly rival: TargetResult["against"] },
): Promise<TargetResult> {
  const node = await import("@onnx-lrp/node");
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  const { renderMap } = await import("@onnx-lrp/report");
  const { mapSizes } = await import("@onnx-lrp/core");
  const fileName = (index: number) =>
    context.labels === undefined
      ? `${index}`
      : `${index}-${slug(className(labelOf(context.labels, index), index))}`;
  const { relevance, target, map, asked, box } = explanation;
  const at = asked.where === "" ? "" : `-${slug(asked.where.replace("@", "at ").replaceAll(",", "-"))}`;
  const stem = join(
    context.out,
    `${name}.${methodSlug(context)}.${fileName(target)}${at}${rival === null ? "" : `-not-${fileName(rival.class)}`}`,
  );
  const png = `${stem}.png`;
  await writeFileWhole(png, await renderMap(view, map));
  const npy = context.npy ? `${stem}.npy` : null;
  if (npy !== null)
    await writeFileWhole(npy, node.encodeNpy(relevance, [1, ...mapSizes(context.explainer.map)]));
  return {
    target,
    label: labelOf(context.labels, target),
    where: asked.where === "" ? null : asked.where,
    places: asked.places,
    probability: explanation.probability,
    logit: explanation.logit,
    box,
    against: rival,
    rivals: explanation.rivals,
    seedScale: explanation.seedScale,
    convergenceDelta: explanation.convergenceDelta ?? null,
    otherInputs: explanation.otherInputs ?? null,
    sum: total(relevance),
    sumPositive: relevance.reduce((sum, value) => sum + Math.max(value, 0), 0),
    png,
    npy,
  };
}

function total(relevance: Float32Array): number {
  return relevance.reduce((sum, value) => sum + value, 0);
}

function placeTitle({ input: { path }, item }: Place): string {
  const file = basename(path);
  return item === null ? file : `${file} [${item}]`;
}

async function drawFigure(
  context: InputContext,
  place: Place,
  explanations: readonly DrawnExplanation[],
  view: InputView,
  rival: TargetResult["against"],
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  return renderFigure({
    input: view,
    title: `${placeTitle(place)} · ${basename(context.file.path)}`,
    explanations: explanations.map(({ map, target, probability, asked, box, rivals, relevance, logit }) => ({
      ...map,
      box: box ?? undefined,
      note:
        boxNote(box) ??
        rivalsNote(rivals, 2) ??
        (rival === null ? sumNote(context.explainer, total(relevance), logit) : undefined),
      label:
        targetName(context, target, asked) +
        (rival === null ? "" : `, not ${className(rival.label, rival.class)}`) +
        (context.explainer.head.kind === "score" ? `: ${shortNumber(probability)}` : ""),
      probability: context.explainer.head.kind === "score" ? undefined : probability,
    })),
    caption: caption(context, place.input),
    scale: context.scale,
  });
}

/** "against tiger cat 52 %, tabby 46 %"; undefined where no rivals were subtracted. */
export function rivalsNote(rivals: TargetResult["rivals"], most = 3): string | undefined {
  if (rivals.length === 0) return undefined;
  const names = rivals
    .slice(0, most)
    .map(({ class: index, label, weight }) => `${className(label, index)} ${Math.round(100 * weight)} %`);
  return `against ${names.join(", ")}`;
}

/** What the map of LRP sums to, and the score that it is a part of. */
export function sumNote({ head, record }: Explainer, sum: number, logit: number): string | undefined {
  if (record.method !== "lrp" || Number.isNaN(logit)) return undefined;
  const whole = head.kind === "score" ? shortNumber(logit) : `a logit of ${shortNumber(logit)}`;
  const lost = Math.abs(sum - logit) > 0.01 * Math.abs(logit);
  return `sums to ${shortNumber(sum)} of ${whole}${lost ? "; biases and stabilizers kept the rest" : ""}`;
}

function boxNote(box: TargetResult["box"]): string | undefined {
  if (box === null || box.positiveShare === null) return undefined;
  return `${percent(box.positiveShare)} of the positive relevance in the box`;
}

/** How the figure was made, and where preprocessing and labels come from. */
function caption({ explainer, spec, specSource, labelSource }: InputContext, input: InputFile): string {
  return [
    titleOf(explainer.record),
    ...(input.kind === "picture" ? [`preprocessing ${spec.name} (${sourceMark(specSource)})`] : []),
    ...(labelSource === undefined ? [] : [`labels ${sourceMark(labelSource)}`]),
  ].join(" · ");
}

/** What a number that is no score of a class is called. */
export function numberName({ form, output }: Explainer["head"], label: string | null, index: number): string {
  return label ?? (form === "single" ? output : `output ${index}`);
}

/** A class with the place it was looked at, or an element. */
function targetName({ labels, explainer }: InputContext, target: number, { where }: ResolvedTarget): string {
  if (explainer.head.kind === "score")
    return where || numberName(explainer.head, labelOf(labels, target), target);
  return [className(labelOf(labels, target), target), ...(where === "" ? [] : [where])].join(" ");
}
