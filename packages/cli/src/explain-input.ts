/** Explains one input: reads it, runs the network on it, writes maps and figure. */
import { basename, join } from "node:path";
import type { Explainer, Explanation, Heatmap, PictureExplanation, PixelBounds } from "@onnx-lrp/core";
import type { ModelFile, Picture } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Explainers } from "./explainers.ts";
import { className } from "./format.ts";
import { type InputFile, slug } from "./inputs.ts";
import { readInput } from "./read-input.ts";

/** What is the same for every input of a run. */
export interface Run {
  /** Folder for the results, and whether maps are written as arrays too. */
  readonly out: string;
  readonly npy: boolean;
  readonly file: ModelFile;
  readonly explainers: Explainers;
  readonly pixels: PixelBounds;
  readonly labels: readonly string[] | undefined;
  readonly targets: readonly number[];
}

interface ScoredClass {
  readonly class: number;
  readonly label: string | null;
  readonly probability: number;
  readonly logit: number;
}

interface QuantizedResult {
  readonly class: number;
  readonly label: string | null;
  readonly probability: number;
  /** The largest difference between the two networks' probabilities of a class. */
  readonly difference: number;
}

interface TargetResult {
  readonly target: number;
  readonly label: string | null;
  readonly probability: number;
  readonly logit: number;
  readonly seedScale: number;
  readonly sum: number;
  readonly sumPositive: number;
  readonly png: string;
  readonly npy: string | null;
}

export interface InputResult {
  readonly input: string;
  readonly figure: string;
  readonly top: readonly ScoredClass[];
  /** What a quantized network itself says, beside its float equivalent, which is explained. */
  readonly quantized: QuantizedResult | null;
  readonly explanations: readonly TargetResult[];
}

/** A run at one input, which has an explainer. */
interface At extends Run {
  readonly explainer: Explainer;
}

/** An explanation with its heatmap, which both pictures are drawn from. */
type DrawnExplanation = Explanation & { readonly heatmap: Heatmap };

export async function explainOne(run: Run, input: InputFile, name: string): Promise<InputResult> {
  const node = await import("@onnx-lrp/node");
  const { explainer, spec } = await run.explainers.for(input);
  const at: At = { ...run, explainer };
  const { image } = explainer;
  const { data, shown } = await readInput(input, spec, image, run.pixels);
  const [result] = await explainer.explain([data], [run.targets]);
  if (result === undefined) throw new UserError("run", `No result came back for "${input.path}".`);
  const seen = new Set<number>();
  const unique = result.explanations.filter(({ target }) => !seen.has(target) && seen.add(target));
  const { heatmapOf } = await import("@onnx-lrp/core");
  const maps = unique.map((explanation) => ({
    ...explanation,
    heatmap: heatmapOf(explanation.relevance, explainer.map),
  }));
  const explanations: TargetResult[] = [];
  for (const map of maps) explanations.push(await writeTarget(at, map, name));
  const figure = join(run.out, `${name}.${how(at)}.png`);
  await node.writeFileWhole(figure, await drawFigure(at, input, maps, shown));
  return {
    input: input.path,
    figure,
    top: topClasses(result, run.labels),
    quantized: quantizedResult(result, run.labels),
    explanations,
  };
}

/** The method in a file's name, with the composite where it is not the usual one. */
function how({ explainer }: At): string {
  const { method, composite } = explainer.record;
  const usual = composite === "zplus-box" || method.includes(composite);
  return usual ? method : `${method}-${composite}`;
}

function labelOf(labels: readonly string[] | undefined, target: number): string | null {
  return labels?.[target] ?? null;
}

async function writeTarget(run: At, explanation: DrawnExplanation, name: string): Promise<TargetResult> {
  const node = await import("@onnx-lrp/node");
  const { renderHeatmap } = await import("@onnx-lrp/report");
  const { mapSizes } = await import("@onnx-lrp/core");
  const { map } = run.explainer;
  const { relevance, target, heatmap } = explanation;
  const stem = join(
    run.out,
    `${name}.${how(run)}.${run.labels === undefined ? target : `${target}-${slug(className(labelOf(run.labels, target), target))}`}`,
  );
  const png = `${stem}.png`;
  await node.writeFileWhole(png, await renderHeatmap(undefined, heatmap));
  const npy = run.npy ? `${stem}.npy` : null;
  if (npy !== null) await node.writeFileWhole(npy, node.encodeNpy(relevance, [1, ...mapSizes(map)]));
  return {
    target,
    label: labelOf(run.labels, target),
    probability: explanation.probability,
    logit: explanation.logit,
    seedScale: explanation.seedScale,
    sum: relevance.reduce((sum, value) => sum + value, 0),
    sumPositive: relevance.reduce((sum, value) => sum + Math.max(value, 0), 0),
    png,
    npy,
  };
}

async function drawFigure(
  run: At,
  input: InputFile,
  explanations: readonly DrawnExplanation[],
  shown: Picture,
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  const { record } = run.explainer;
  return renderFigure({
    picture: shown,
    title: `${input.path.split(/[\\/]/).at(-1) ?? input.path} · ${basename(run.file.path)}`,
    explanations: explanations.map(({ heatmap, target, probability }) => ({
      heatmap,
      label: className(labelOf(run.labels, target), target),
      probability,
    })),
    caption: `${record.method}, ${record.composite}`,
  });
}

function quantizedResult(
  { quantized }: PictureExplanation,
  labels: readonly string[] | undefined,
): QuantizedResult | null {
  if (quantized === undefined) return null;
  const { probabilities, difference } = quantized;
  const best = probabilities.reduce((at, p, i) => (p > (probabilities[at] ?? 0) ? i : at), 0);
  return { class: best, label: labelOf(labels, best), probability: probabilities[best] ?? 0, difference };
}

function topClasses(
  { logits, probabilities }: PictureExplanation,
  labels: readonly string[] | undefined,
): ScoredClass[] {
  return Array.from(logits, (logit, index) => ({
    class: index,
    label: labelOf(labels, index),
    probability: probabilities[index] ?? 0,
    logit,
  }))
    .sort((a, b) => b.logit - a.logit)
    .slice(0, 5);
}
