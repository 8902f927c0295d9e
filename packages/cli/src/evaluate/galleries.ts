/** The pictures worth looking at, with their maps drawn again. */
import { heatmapOf, inputKind } from "@onnx-lrp/core";
import { controlMethodNames } from "@onnx-lrp/core/names";
import {
  type MetricSummary,
  metricGroups,
  type PreparedItem,
  type RunResources,
  type Summary,
} from "@onnx-lrp/evaluation";
import { UserError } from "@onnx-lrp/onnx-loader";
import { overlay, type Picture, pictureOfTensor, rangeOf, scaleOf, smooth } from "@onnx-lrp/pictures";
import { encodePng, type Gallery, type GalleryRow } from "@onnx-lrp/report";
import { className } from "../format.ts";
import type { EvaluationSetup } from "./setup.ts";
import { writer } from "./summary-text.ts";

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
  // Maps are laid over pictures.
  if (metric === undefined || inputKind(run.scorer.image) !== "picture") return [];
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
    if (rows.length > 0) galleries.push({ title, note, rows });
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
  const [scores] = await resources.scorer.score([prepared.data]);
  const target = metric.target === "second" ? -2 : item.label;
  const picture = pictureOfTensor(
    prepared.data,
    resources.image,
    run.network.pixels ?? rangeOf(prepared.data, resources.image),
  );
  const numbers = writer(Object.values(values));
  const pictures = [
    { png: await encodePng(outlined(picture, prepared), { palette: true }), caption: "picture" },
  ];
  for (const method of resources.methods.slice(0, mostMethods)) {
    if (controlMethodNames.has(method.name)) continue;
    const value = values[method.name];
    const png = await mapOf(method, prepared, target, picture);
    if (png === undefined) continue;
    pictures.push({ png, caption: value === undefined ? method.name : `${method.name} ${numbers(value)}` });
  }
  const label = className(run.labels?.[item.label] ?? null, item.label);
  const probability = scores?.probabilities[item.label];
  return {
    title: label,
    note: `${image}${probability === undefined ? "" : `, probability ${probability.toFixed(2)}`}`,
    pictures,
  };
}

async function mapOf(
  method: RunResources["methods"][number],
  { data }: PreparedItem,
  target: number,
  picture: Picture,
): Promise<Uint8Array | undefined> {
  try {
    const [explained] = await method.explain([data], [[target]]);
    const [explanation] = explained?.explanations ?? [];
    if (explanation === undefined) return undefined;
    const map = smooth(heatmapOf(explanation.relevance, method.map), smoothing * picture.width);
    return await encodePng(overlay(picture, map, scaleOf([map])), { palette: true });
  } catch (error) {
    if (error instanceof UserError && error.kind === "scores") return undefined;
    throw error;
  }
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
