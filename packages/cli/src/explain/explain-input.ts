/** Explains one input: reads it, runs the network on it, writes maps and figure. */
import { join } from "node:path";
import type { Explanation, PictureExplanation } from "@onnx-lrp/core";
import {
  answeredTargets,
  classAgainst,
  type InputFile,
  quantizedPrediction,
  type ReadInput,
  readInputs,
  topClasses,
} from "@onnx-lrp/network/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputView } from "@onnx-lrp/pictures";
import { fileNamePart } from "../file-name-part.ts";
import { className } from "../format.ts";
import { slug } from "../result-names.ts";
import { drawFigure } from "./figure.ts";
import { type InputResult, labelOf, named, type TargetResult } from "./results.ts";
import type { DrawnExplanation, InputContext, Place, RunContext } from "./run-context.ts";
import { total } from "./words.ts";

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
  const answers = { result, explainer, labels: context.labels, asked };
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
    notes: [...notes, ...asked.notes],
    figure,
    top: (await topClasses(answers)).map((entry) => ({ ...named(entry), logit: entry.logit ?? null })),
    quantized: quantized === undefined ? null : named(quantized),
    explanations,
  };
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
