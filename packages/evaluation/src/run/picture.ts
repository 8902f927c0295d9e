/** One picture: scores, maps, readings. */
import { type Heatmap, heatmapOf, type PictureExplanation, type Scores } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader";
import { chance, type PictureScores, type ValueRow } from "../store/rows.ts";
import type { Metric, MetricContext, PreparedItem, Reading } from "../types.ts";
import type { RunMethod, RunResources } from "./resources.ts";

/** Measures the time of a step. */
export type Clock = <T>(step: string, work: () => Promise<T>) => Promise<T>;

export interface PictureResult {
  readonly scores: PictureScores;
  readonly values: readonly Omit<ValueRow, "index" | "image">[];
}

/**
 * Applies every metric to every method at one picture.
 *
 * @throws UserError `input` or `scores` if this picture cannot be evaluated; others for what stops the whole run
 */
export async function evaluatePicture(
  resources: RunResources,
  item: PreparedItem,
  seed: number,
  clock: Clock,
): Promise<PictureResult> {
  const { label } = item.item;
  const [scores] = await clock("score", () => resources.scorer.score([item.data]));
  if (scores === undefined) throw new Error("The network gave no scores.");
  const { classes } = resources.scorer.head;
  if (label < 0 || label >= classes) {
    throw new UserError(
      "input",
      `"${item.item.id}" has the label ${label}; the network has the classes 0 to ${classes - 1}.`,
    );
  }
  const [predicted, second] = topTwo(scores.logits);
  const metrics = resources.metrics.filter(({ needsRegion }) => !needsRegion || item.inside !== undefined);
  const values: Omit<ValueRow, "index" | "image">[] = [];
  const keep = (method: string, metric: Metric, readings: readonly Reading[]) => {
    for (const { parameter, value, weight = 1 } of readings) {
      if (!Number.isFinite(value) || !Number.isFinite(weight)) {
        throw new UserError(
          "scores",
          `The metric ${metric.name} gives no finite number for ${method} at "${item.item.id}".`,
        );
      }
      values.push({ method, measure: metric.name, parameter, value, weight });
    }
  };

  for (const metric of metrics) keep(chance, metric, metric.chance?.({ item, image: resources.image }) ?? []);
  let difference: number | undefined;
  for (const method of resources.methods) {
    const maps = await mapsOf(method, metrics, item, { label, second }, clock);
    if (maps.difference !== undefined) difference = Math.max(difference ?? 0, maps.difference);
    for (const metric of metrics) {
      const [target, heatmap] =
        metric.target === "second" ? [second, maps.second] : ([label, maps.label] as const);
      if (target === undefined || heatmap === undefined) continue;
      const context = contextOf(resources, method, { item, scores, target, heatmap, seed });
      keep(method.name, metric, await clock(`measure ${metric.name}`, () => metric.evaluate(context)));
    }
  }
  return {
    scores: {
      label,
      labelProbability: scores.probabilities[label] ?? Number.NaN,
      predicted,
      predictedProbability: scores.probabilities[predicted] ?? Number.NaN,
      second,
      secondProbability: second === undefined ? undefined : scores.probabilities[second],
      quantizedDifference: difference,
    },
    values,
  };
}

function contextOf(
  { image, scorer, fill }: RunResources,
  method: RunMethod,
  rest: Pick<MetricContext, "item" | "scores" | "target" | "heatmap" | "seed">,
): MetricContext {
  return {
    ...rest,
    image,
    scorer,
    fill,
    async explain(pictures) {
      const explained = await method.explain(
        pictures,
        pictures.map(() => [rest.target]),
      );
      return explained.map((picture) => heatmapAt(method, picture, 0));
    },
  };
}

interface Maps {
  readonly label: Heatmap | undefined;
  readonly second: Heatmap | undefined;
  readonly difference: number | undefined;
}

/** The maps that the metrics need, both classes in one call. */
async function mapsOf(
  method: RunMethod,
  metrics: readonly Metric[],
  item: PreparedItem,
  classes: { readonly label: number; readonly second: number | undefined },
  clock: Clock,
): Promise<Maps> {
  const roles = (["label", "second"] as const).filter(
    (role) => classes[role] !== undefined && metrics.some(({ target }) => target === role),
  );
  if (roles.length === 0) return { label: undefined, second: undefined, difference: undefined };
  const targets = roles.map((role) => classes[role]).filter((target) => target !== undefined);
  const [explained] = await clock(`explain ${method.name}`, () => method.explain([item.data], [targets]));
  if (explained === undefined) throw new Error(`${method.name} gave no explanation.`);
  const map = (role: "label" | "second") =>
    roles.includes(role) ? heatmapAt(method, explained, roles.indexOf(role)) : undefined;
  return { label: map("label"), second: map("second"), difference: explained.quantized?.difference };
}

function heatmapAt(method: RunMethod, { explanations }: PictureExplanation, place: number): Heatmap {
  const explanation = explanations[place];
  if (explanation === undefined)
    throw new Error(`${method.name} explained fewer classes than it was asked for.`);
  return heatmapOf(explanation.relevance, method.map);
}

/** The most probable class and the second one; ties go to the lower number. */
function topTwo(logits: Scores["logits"]): [number, number | undefined] {
  let [first, second] = [0, -1];
  for (let i = 1; i < logits.length; i += 1) {
    const value = logits[i] ?? Number.NEGATIVE_INFINITY;
    if (value > (logits[first] ?? 0)) [first, second] = [i, first];
    else if (second < 0 || value > (logits[second] ?? 0)) second = i;
  }
  return [first, second < 0 ? undefined : second];
}
