/**
 * What is asked at a picture. Metrics know classes: of a network with one score for each class they get it as it is; of others
 * a scorer whose classes are the targets that were found in this picture.
 */
import type { Scorer, Scores, Target, WeightedTarget } from "@onnx-lrp/core";
import { rankClasses, weightedScorer } from "@onnx-lrp/core/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { PreparedItem } from "../types.ts";
import { boxAnswers } from "./detection.ts";
import { regionAnswers } from "./found-regions.ts";

export interface PictureQuestion {
  readonly scorer: Scorer;
  /** Of the unchanged picture, as `scorer` gives them. */
  readonly scores: Scores;
  /** The labelled object. */
  readonly label: AskedClass;
  /** What the network finds, first and second. */
  readonly predicted: AskedClass;
  readonly second: AskedClass | undefined;
}

export interface AskedClass {
  /** As the network numbers it. */
  readonly class: number;
  /** As `scorer` and `scores` number it. */
  readonly at: number;
  /** What methods explain. */
  readonly target: Target;
}

/** What a network says of a picture, for outputs on which a class alone is no target. */
export interface Answers {
  readonly label: Answer;
  readonly predicted: Answer;
  readonly second: Answer | undefined;
}

export interface Answer {
  /** As the network numbers it. */
  readonly class: number;
  readonly target: WeightedTarget;
}

/**
 * @param scores of the picture
 * @throws UserError `input` for a label that the network does not have, and for an object that it does not find
 */
export function askPicture(scorer: Scorer, scores: Scores, prepared: PreparedItem): PictureQuestion {
  const { item } = prepared;
  const { label } = item;
  const { boxes, classes, form } = scorer.head;
  if (label < 0 || label >= classes) {
    throw new UserError(
      "input",
      `"${item.id}" has the label ${label}; the network has the classes 0 to ${classes - 1}.`,
    );
  }
  if (boxes !== undefined) return askAnswers(scorer, scores, boxAnswers(scorer, scores, prepared));
  if (form === "places") return askAnswers(scorer, scores, regionAnswers(scorer, scores, label));
  const [predicted = 0, second] = rankClasses(scores);
  const asked = (index: number): AskedClass => ({ class: index, at: index, target: index });
  return {
    ...{ scorer, scores },
    label: asked(label),
    predicted: asked(predicted),
    second: second === undefined ? undefined : asked(second),
  };
}

function askAnswers(scorer: Scorer, scores: Scores, { label, predicted, second }: Answers): PictureQuestion {
  const answers = [label, predicted, ...(second === undefined ? [] : [second])];
  const weighted = weightedScorer(
    scorer,
    answers.map(({ target }) => target.weights),
  );
  const asked = (answer: Answer): AskedClass => ({ ...answer, at: answers.indexOf(answer) });
  return {
    ...{ scorer: weighted, scores: weighted.of(scores) },
    label: asked(label),
    predicted: asked(predicted),
    second: second === undefined ? undefined : asked(second),
  };
}
