/** Explains one input: reads it, runs the network on it, writes maps and figure. */
import { basename, join } from "node:path";
import type { Explainer, Explanation, Heatmap, PictureExplanation } from "@onnx-lrp/core";
import type { ModelFile, Picture, Preprocess } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader";
import { className } from "./format.ts";
import { type InputFile, slug } from "./inputs.ts";
import { pictureInput } from "./picture-input.ts";

/** What is the same for every input of a run. */
export interface Run {
  /** Folder for the results, and whether maps are written as arrays too. */
  readonly out: string;
  readonly npy: boolean;
  readonly file: ModelFile;
  readonly explainer: Explainer;
  readonly spec: Preprocess;
  readonly labels: readonly string[] | undefined;
  readonly targets: readonly number[];
}

interface ScoredClass {
  readonly class: number;
  readonly label: string | null;
  readonly probability: number;
  readonly logit: number;
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
  readonly explanations: readonly TargetResult[];
}

/** An explanation with its heatmap, which both pictures are drawn from. */
type DrawnExplanation = Explanation & { readonly heatmap: Heatmap };

export async function explainOne(run: Run, input: InputFile, name: string): Promise<InputResult> {
  const node = await import("@onnx-lrp/node");
  const { image } = run.explainer.prepared.graph;
  if (input.kind === "empty folder") {
    throw new UserError(
      "input",
      `The folder "${input.path}" holds no pictures (JPEG, PNG, WebP, GIF, TIFF) and no .npy files.`,
    );
  }
  const { data, shown } =
    input.kind === "tensor"
      ? await tensorInput(run, input.path)
      : await pictureInput(run.spec, image, input.path);
  const [result] = await run.explainer.explain([data], [run.targets]);
  if (result === undefined) throw new UserError("run", `No result came back for "${input.path}".`);
  const seen = new Set<number>();
  const unique = result.explanations.filter(({ target }) => !seen.has(target) && seen.add(target));
  const { heatmapOf } = await import("@onnx-lrp/core");
  const maps = unique.map((explanation) => ({
    ...explanation,
    heatmap: heatmapOf(explanation.relevance, image),
  }));
  const explanations: TargetResult[] = [];
  for (const map of maps) explanations.push(await writeTarget(run, map, name));
  const figure = join(run.out, `${name}.${how(run)}.png`);
  await node.writeFileWhole(figure, await drawFigure(run, input, maps, shown));
  return { input: input.path, figure, top: topClasses(result, run.labels), explanations };
}

async function tensorInput(run: Run, path: string): Promise<{ data: Float32Array; shown: Picture }> {
  const { pictureOfTensor, readNpy } = await import("@onnx-lrp/node");
  const { graph, record } = run.explainer.prepared;
  const { shape, data } = await readNpy(path);
  const sizes = graph.image.dims.slice(1).map(Number);
  const bare = shape.length === sizes.length + 1 && shape[0] === 1 ? shape.slice(1) : shape;
  if (bare.length !== sizes.length || bare.some((size, axis) => size !== sizes[axis])) {
    throw new UserError(
      "input",
      `The array in "${path}" has the shape ${shape.join(" x ")}; the model takes 1 x ${sizes.join(" x ")}.`,
    );
  }
  const values =
    data instanceof Float32Array ? data : Float32Array.from(data as Iterable<number | bigint>, Number);
  const bounds = record.pixels ?? { low: [0, 0, 0], high: [1, 1, 1] };
  return { data: values, shown: pictureOfTensor(values, graph.image, bounds) };
}

/** The method in a file's name, with the composite where it is not the usual one. */
function how({ explainer }: Run): string {
  const { method, composite } = explainer.prepared.record;
  const usual = composite === "zplus-box" || method.includes(composite);
  return usual ? method : `${method}-${composite}`;
}

function labelOf(labels: readonly string[] | undefined, target: number): string | null {
  return labels?.[target] ?? null;
}

async function writeTarget(run: Run, explanation: DrawnExplanation, name: string): Promise<TargetResult> {
  const node = await import("@onnx-lrp/node");
  const { renderHeatmap } = await import("@onnx-lrp/report");
  const { image } = run.explainer.prepared.graph;
  const { relevance, target, heatmap } = explanation;
  const stem = join(
    run.out,
    `${name}.${how(run)}.${run.labels === undefined ? target : `${target}-${slug(className(labelOf(run.labels, target), target))}`}`,
  );
  const png = `${stem}.png`;
  await node.writeFileWhole(png, await renderHeatmap(undefined, heatmap));
  const npy = run.npy ? `${stem}.npy` : null;
  if (npy !== null)
    await node.writeFileWhole(npy, node.encodeNpy(relevance, [1, ...image.dims.slice(1).map(Number)]));
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
  run: Run,
  input: InputFile,
  explanations: readonly DrawnExplanation[],
  shown: Picture,
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  const { record } = run.explainer.prepared;
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
