/** Of a network with scores at several places: the region where it finds a class, as `CLASS@found` of `explain`. */
import type { Scorer, Scores } from "@onnx-lrp/core";
import { foundClasses, resolveQuestion } from "@onnx-lrp/core/internal";
import type { Answer, Answers } from "./question.ts";

/**
 * The regions stay those of the unchanged picture, so that scores of changed ones are of the same places.
 *
 * @param label a class of the network
 * @throws UserError `input` for a label that is found nowhere in the picture
 */
export function regionAnswers({ head, image }: Scorer, scores: Scores, label: number): Answers {
  const asked = { port: head, image, scores, masks: new Map() };
  const region = (index: number): Answer => {
    const { target } = resolveQuestion({ kind: "at", class: index, place: { kind: "found" } }, asked);
    if (typeof target === "number") throw new Error("the target of a region is weights");
    return { class: index, target };
  };
  const labelled = region(label);
  const classes = foundClasses(asked).map((found) => found.class);
  // Class 0 is the background of most segmenters: it is what the network says where it says nothing else.
  const objects = classes.filter((index) => index !== 0);
  const [predicted = 0, second] = objects.length > 0 ? objects : classes;
  return {
    label: labelled,
    predicted: region(predicted),
    second: second === undefined ? undefined : region(second),
  };
}
