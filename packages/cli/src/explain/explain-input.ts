/** Explains one input: reads it, runs the network on it, writes maps and figure. */
import { basename, join } from "node:path";
import {
  type DrawnTarget,
  drawFigure,
  type ExplainedInput,
  explainedInput,
  type InputFile,
  type ReadInput,
  readInputs,
} from "@onnx-lrp/network/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { fileNamePart } from "../file-name-part.ts";
import { className } from "../format.ts";
import { slug } from "../result-names.ts";
import { type ResultFiles, resultFiles } from "./result-files.ts";
import { type InputResult, named, type TargetResult } from "./results.ts";
import type { InputContext, Place, RunContext } from "./run-context.ts";

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
  { data, view, notes }: ReadInput,
  place: Place,
): Promise<InputResult> {
  const { input, item, name } = place;
  const { explainer, labels, spec, specSource, labelSource } = context;
  const { askQuestions } = await import("@onnx-lrp/core/internal");
  const asked = await askQuestions(explainer, data, context.questions);
  const targets = asked.targets.map(({ target }) => target);
  const [result] = await explainer.explain([data], [targets], asked.against && [asked.against]);
  if (result === undefined) throw new UserError("run", `No result came back for "${input.path}".`);
  const isPicture = input.kind === "picture";
  const explained = await explainedInput({
    ...{ result, explainer, labels, asked, view, notes, title: titleOf(context, place) },
    provenance: { spec, specSource: isPicture ? specSource : undefined, labelSource },
  });
  const files = resultFiles();
  const explanations: TargetResult[] = [];
  for (const map of explained.explanations)
    explanations.push(await writeTarget(context, explained, map, { name, files }));
  const figure = join(context.out, `${name}.${methodSlug(context)}.png`);
  const { scale, backdrop } = context;
  await files.write(figure, await drawFigure(explained, explained.explanations, { scale, backdrop }));
  return {
    input: input.path,
    item,
    notes: [...explained.notes, ...files.notes()],
    figure,
    top: explained.top.map((entry) => ({ ...named(entry), logit: entry.logit ?? null })),
    quantized: explained.quantized === undefined ? null : named(explained.quantized),
    explanations,
  };
}

function titleOf({ file }: InputContext, { input: { path }, item }: Place): string {
  const name = item === null ? basename(path) : `${basename(path)} [${item}]`;
  return `${name} · ${basename(file.path)}`;
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
  { view }: ExplainedInput,
  explanation: DrawnTarget,
  { name, files }: { readonly name: string; readonly files: ResultFiles },
): Promise<TargetResult> {
  const { encodeNpy } = await import("@onnx-lrp/node");
  const { renderMap } = await import("@onnx-lrp/report");
  const { relevance, map, where = null, box, against, rivals, label = null } = explanation;
  const fileName = (index: number) =>
    context.labels === undefined
      ? `${index}`
      : `${index}-${slug(className(context.labels[index] ?? null, index))}`;
  const at = where === null ? "" : `-${slug(where.replace("@", "at ").replaceAll(",", "-"))}`;
  const not = against === undefined ? "" : `-not-${fileName(against.class)}`;
  const file = `${name}.${methodSlug(context)}.${fileName(explanation.class)}${at}${not}.png`;
  const png = files.free(join(context.out, file));
  await files.write(png, await renderMap(view, map));
  const npy = context.npy ? png.replace(/png$/, "npy") : null;
  if (npy !== null) await files.write(npy, encodeNpy(relevance, [1, ...explanation.shape]));
  return {
    ...{ target: explanation.class, label, where, places: explanation.places },
    ...{ probability: explanation.probability, logit: explanation.logit },
    box: box === undefined ? null : { ...box, positiveShare: box.positiveShare ?? null },
    against: against === undefined ? null : named(against),
    rivals: rivals.map(named),
    seedScale: explanation.seedScale,
    convergenceDelta: explanation.convergenceDelta ?? null,
    otherInputs: explanation.otherInputs ?? null,
    sum: explanation.sum,
    sumPositive: relevance.reduce((sum, value) => sum + Math.max(value, 0), 0),
    note: explanation.note ?? null,
    ...{ png, npy },
  };
}
