/** One picture: scores, maps, readings. */
import { type Heatmap, heatmapOf, type PictureExplanation } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader";
import { chance, type PictureScores, type ValueRow } from "../store/rows.ts";
import type { Metric, MetricContext, PreparedItem, Reading } from "../types.ts";
import { type AskedClass, askPicture, type PictureQuestion } from "./question.ts";
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
  const [scored] = await clock("score", () => resources.scorer.score([item.data]));
  if (scored === undefined) throw new Error("The network gave no scores.");
  const question = askPicture(resources.scorer, scored, item);
  const { label, predicted, second, scores } = question;
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
    const maps = await mapsOf(method, metrics, item, question, clock);
    if (maps.difference !== undefined) difference = Math.max(difference ?? 0, maps.difference);
    for (const metric of metrics) {
      const { target: role } = metric;
      const [asked, heatmap] = [question[role], maps[role]];
      if (asked === undefined || heatmap === undefined) continue;
      const context = contextOf(resources, method, question, asked, { item, heatmap, seed });
      keep(method.name, metric, await clock(`measure ${metric.name}`, () => metric.evaluate(context)));
    }
  }
  return {
    scores: {
      label: label.class,
      labelProbability: scores.probabilities[label.at] ?? Number.NaN,
      predicted: predicted.class,
      predictedProbability: scores.probabilities[predicted.at] ?? Number.NaN,
      second: second?.class,
      secondProbability: second === undefined ? undefined : scores.probabilities[second.at],
      quantizedDifference: difference,
    },
    values,
  };
}

function contextOf(
  { image, fill }: RunResources,
  method: RunMethod,
  { scorer, scores }: PictureQuestion,
  { at, target }: AskedClass,
  rest: Pick<MetricContext, "item" | "heatmap" | "seed">,
): MetricContext {
  return {
    ...rest,
    ...{ image, scorer, scores, fill, target: at },
    async explain(pictures) {
      const explained = await method.explain(
        pictures,
        pictures.map(() => [target]),
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
  question: PictureQuestion,
  clock: Clock,
): Promise<Maps> {
  const roles = (["label", "second"] as const).filter(
    (role) => question[role] !== undefined && metrics.some(({ target }) => target === role),
  );
  if (roles.length === 0) return { label: undefined, second: undefined, difference: undefined };
  const targets = roles.map((role) => question[role]?.target).filter((target) => target !== undefined);
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
