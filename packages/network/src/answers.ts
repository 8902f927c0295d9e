/** What a network says of one input, as facts without pictures: for results of programs and for those of the command line. */
import type { Explainer, Explanation, PictureExplanation, Rectangle, Scores } from "@onnx-lrp/core";
import type { AskedTargets, Question, ResolvedTarget } from "@onnx-lrp/core/internal";

/** A class with its score. */
export interface ScoredClass {
  readonly class: number;
  /** undefined where the classes have no names. */
  readonly label: string | undefined;
  /** 0 to 1; of an output of plain numbers the number itself. */
  readonly probability: number;
  /** undefined for a class that is found at several places, each with a score of its own. */
  readonly logit: number | undefined;
  /** Of an output with scores at many places: at how many of them the class is found. */
  readonly places?: number | undefined;
  /** Of a detector, in pixels of the picture as the network sees it. */
  readonly box?: Rectangle | undefined;
}

/** The quantized network's own prediction; its float equivalent is what is explained. */
export interface QuantizedPrediction {
  readonly class: number;
  readonly label: string | undefined;
  readonly probability: number;
  /** The largest difference between the two networks' probabilities of a class. */
  readonly difference: number;
}

/** A box that a target is, and the share of its map's positive relevance in it; undefined where there is none. */
export interface ExplainedBox extends Rectangle {
  /** By score, from 1. */
  readonly rank: number;
  readonly positiveShare: number | undefined;
}

export interface Answers {
  readonly result: PictureExplanation;
  readonly explainer: Pick<Explainer, "map" | "head" | "image">;
  readonly labels: readonly string[] | undefined;
  readonly asked: AskedTargets;
}

export interface AnsweredTarget {
  readonly explanation: Explanation;
  readonly asked: ResolvedTarget;
  readonly box: ExplainedBox | undefined;
}

/** One for each target; of those that turn out to be the same the first. */
export async function answeredTargets({ result, asked, explainer }: Answers): Promise<AnsweredTarget[]> {
  const { heatmapOf } = await import("@onnx-lrp/core/maps");
  const { positiveShareInside } = await import("@onnx-lrp/core/internal");
  const seen = new Set<string>();
  return result.explanations.flatMap((explanation, k): AnsweredTarget[] => {
    const target = asked.targets[k];
    const key = `${explanation.target}${target?.where}`;
    if (target === undefined || seen.has(key)) return [];
    seen.add(key);
    if (target.box === undefined) return [{ explanation, asked: target, box: undefined }];
    const { rank, left, top, right, bottom } = target.box;
    const share = positiveShareInside(target.box, heatmapOf(explanation.relevance, explainer.map));
    const positiveShare = Number.isNaN(share) ? undefined : share;
    return [{ explanation, asked: target, box: { rank, left, top, right, bottom, positiveShare } }];
  });
}

/**
 * The five most probable classes; of an output with scores at several places those that are found at the most of them, of a
 * detector the boxes with the highest scores.
 */
export async function topClasses({ result, explainer, labels, asked }: Answers): Promise<ScoredClass[]> {
  const { foundBoxes, foundClasses, leastProbability, rankClasses } = await import("@onnx-lrp/core/internal");
  const { head, image } = explainer;
  const scores: Scores = asked.scores ?? result;
  if (head.boxes !== undefined && scores.boxes !== undefined) {
    return foundBoxes({ port: head, image, scores })
      .slice(0, 5)
      .filter(({ probability, rank }) => rank === 1 || probability >= leastProbability)
      .map(({ class: index, probability, left, top, right, bottom }) => ({
        ...{ class: index, label: labels?.[index], probability, logit: undefined },
        box: { left, top, right, bottom },
      }));
  }
  if (head.form === "places") {
    if (head.kind === "score") return [];
    const found = foundClasses({ port: head, image, scores, masks: new Map() });
    return found.slice(0, 5).map(({ class: index, places, probability }) => ({
      ...{ class: index, label: labels?.[index], probability, logit: undefined, places },
    }));
  }
  return rankClasses(scores)
    .slice(0, 5)
    .map((index) => ({
      ...{ class: index, label: labels?.[index] },
      ...{ probability: scores.probabilities[index] ?? 0, logit: scores.logits[index] ?? 0 },
    }));
}

/** The class that targets are contrasted with; undefined where that is no class. */
export async function classAgainst({
  asked: { contrast },
  labels,
  result,
}: Answers): Promise<Pick<ScoredClass, "class" | "label"> | undefined> {
  if (contrast === undefined) return undefined;
  const { rankClasses } = await import("@onnx-lrp/core/internal");
  const index = classOf(contrast, () => rankClasses(result));
  return index === undefined ? undefined : { class: index, label: labels?.[index] };
}

function classOf(question: Question, ranking: () => readonly number[]): number | undefined {
  switch (question.kind) {
    case "class":
    case "at":
      return question.class;
    case "rank":
      return ranking()[question.rank - 1];
    case "box":
      return question.which.by === "class" ? question.which.class : undefined;
    default:
      return undefined;
  }
}

/** What a quantized network itself predicts. */
export function quantizedPrediction(
  { quantized }: PictureExplanation,
  labels: readonly string[] | undefined,
): QuantizedPrediction | undefined {
  if (quantized === undefined) return undefined;
  const { probabilities, difference } = quantized;
  const best = probabilities.reduce((at, p, i) => (p > (probabilities[at] ?? 0) ? i : at), 0);
  return { class: best, label: labels?.[best], probability: probabilities[best] ?? 0, difference };
}
