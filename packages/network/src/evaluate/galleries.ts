/** The pictures worth looking at, with their maps drawn again. */
import { heatmapOf, type Target } from "@onnx-lrp/core";
import { controlMethodNames } from "@onnx-lrp/core/names";
import type { PreparedItem, RunResources, Summary } from "@onnx-lrp/evaluation";
import { type MetricSummary, metricGroups, type PictureQuestion } from "@onnx-lrp/evaluation/internal";
import { UserError } from "@onnx-lrp/onnx-loader";
import {
  type InputView,
  mapOnView,
  overlay,
  type Picture,
  type ViewOptions,
  viewOfTensor,
} from "@onnx-lrp/pictures";
import { scaleOf, smooth, viewKind } from "@onnx-lrp/pictures/internal";
import { type Gallery, type GalleryPicture, type GalleryRow, mapTiles } from "@onnx-lrp/report";
import { encodePng } from "@onnx-lrp/report/internal";
import { channelNames } from "../channel-names.ts";
import { className } from "../class-name.ts";
import { numberWriter } from "../format.ts";
import type { EvaluationSetup } from "./setup.ts";

const shown = { disagree: 5, best: 3, worst: 3 } as const;
/** More would make a row too wide. */
const mostMethods = 10;

/** @param signal leaves the rest out */
export async function galleriesOf(
  summary: Summary,
  run: EvaluationSetup,
  openResources: () => Promise<RunResources>,
  signal: AbortSignal,
): Promise<Gallery[]> {
  const metric = chosen(summary);
  if (metric === undefined) return [];
  const wide = ["signal", "features"].includes(viewKind(run.scorer.image));
  const resources = await openResources();
  const first = metric.methods[0]?.method ?? "";
  const kinds = [
    ["disagree", `Methods disagree most about ${metric.name}`],
    ["best", `${first} at its best, by ${metric.name}`],
    ["worst", `${first} at its worst, by ${metric.name}`],
  ] as const;
  const galleries: Gallery[] = [];
  for (const [kind, title] of kinds) {
    const rows: GalleryRow[] = [];
    for (const example of metric.examples[kind].slice(0, shown[kind])) {
      if (signal.aborted) return galleries;
      const row = await rowOf(example, metric, run, resources);
      if (row !== undefined) rows.push(row);
    }
    const what = metric.parameter === null ? metric.value : `mean ${metric.value}`;
    const region = resources.metrics.find(({ name }) => name === metric.name)?.needsRegion;
    const note = [
      `Under each map its ${what}; ${metric.better} is better.`,
      region ? "The yellow line outlines the object." : "",
      kind !== "disagree" && metric.chance !== null ? "Chosen by its gain over chance." : "",
    ].join(" ");
    if (rows.length > 0) galleries.push({ title, note, wide, rows });
  }
  return galleries;
}

/** One metric is enough to look at: the pointing game, whose pictures show most, otherwise the first. */
function chosen({ measures: metrics }: Summary): MetricSummary | undefined {
  const there = metrics.filter(
    ({ group, examples }) => group.title !== metricGroups.randomization.title && examples.best.length > 0,
  );
  return there.find(({ name }) => name === "pointing-game") ?? there[0];
}

async function rowOf(
  { index, image, values }: MetricSummary["examples"]["best"][number],
  metric: MetricSummary,
  run: EvaluationSetup,
  resources: RunResources,
): Promise<GalleryRow | undefined> {
  const item = run.items[index];
  // A folder of parts may be of another data set than the plan says.
  if (item?.id !== image) return undefined;
  const prepared = await resources.prepare(item);
  const question = await questionAt(resources, prepared);
  const target = question?.[metric.target ?? "label"]?.target;
  if (question === undefined || target === undefined) return undefined;
  const view = viewOfTensor(prepared.data, resources.image, lookOf(run));
  const numbers = numberWriter(Object.values(values));
  const explained: ExplainedBy[] = [];
  for (const method of resources.methods.slice(0, mostMethods)) {
    if (controlMethodNames.has(method.name)) continue;
    const relevance = await relevanceOf(method, prepared, target);
    if (relevance !== undefined) explained.push({ method, relevance });
  }
  const drawn = await draw(view, prepared, explained);
  const captions = explained.map(({ method: { name } }) => {
    const value = values[name];
    return value === undefined ? name : `${name} ${numbers(value)}`;
  });
  const pictures: GalleryPicture[] = [];
  for (const [i, picture] of [drawn.input, ...drawn.maps].entries()) {
    const caption = i === 0 ? inputName(view) : (captions[i - 1] ?? "");
    pictures.push({ png: await encodePng(picture, { palette: true }), caption });
  }
  const label = className(run.labels?.[item.label], item.label);
  const probability = question.scores.probabilities[question.label.at];
  return {
    title: label,
    note: `${image}${probability === undefined ? "" : `, probability ${probability.toFixed(2)}`}`,
    pictures,
  };
}

function lookOf({ network }: EvaluationSetup): ViewOptions {
  return { pixels: network.pixels, names: channelNames(network) };
}

async function questionAt(
  { scorer }: RunResources,
  prepared: PreparedItem,
): Promise<PictureQuestion | undefined> {
  const { askPicture } = await import("@onnx-lrp/evaluation/internal");
  const [scores] = await scorer.score([prepared.data]);
  return scores && askPicture(scorer, scores, prepared);
}

interface ExplainedBy {
  readonly method: RunResources["methods"][number];
  readonly relevance: Float32Array;
}

async function relevanceOf(
  method: RunResources["methods"][number],
  { data }: PreparedItem,
  target: Target,
): Promise<Float32Array | undefined> {
  try {
    const [explained] = await method.explain([data], [[target]]);
    return explained?.explanations[0]?.relevance;
  } catch (error) {
    if (error instanceof UserError && error.kind === "scores") return undefined;
    throw error;
  }
}

function inputName({ kind }: InputView): string {
  return kind === "bands" ? "picture" : kind;
}

/** The input and each map on it; of a picture at its own size, with a line around the object. */
async function draw(
  view: InputView,
  prepared: PreparedItem,
  explained: readonly ExplainedBy[],
): Promise<{ readonly input: Picture; readonly maps: readonly Picture[] }> {
  if (view.kind !== "picture" && view.kind !== "bands") {
    return await mapTiles(
      view,
      explained.map(({ method, relevance }) => mapOnView(view, relevance, method.map).heatmap),
    );
  }
  const { picture } = view;
  const maps = explained.map(({ method, relevance }) => {
    const map = smooth(heatmapOf(relevance, method.map), smoothing * picture.width);
    return overlay(picture, map, scaleOf([map]));
  });
  return { input: outlined(picture, prepared), maps };
}

/** As a share of the width; so that single pixels can be seen at the size of a tile. */
const smoothing = 0.006;

/** The picture with a line around the object. */
function outlined(picture: Picture, { inside }: PreparedItem): Picture {
  if (inside === undefined) return picture;
  const { width, height } = picture;
  const rgb = picture.rgb.slice();
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (inside[y * width + x] ?? 0);
  const reach = width >= 150 ? 2 : 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (at(x, y) === 0) continue;
      const near = [at(x - reach, y), at(x + reach, y), at(x, y - reach), at(x, y + reach)];
      if (near.includes(0)) rgb.set([255, 214, 10], 3 * (y * width + x));
    }
  }
  return { width, height, rgb };
}
