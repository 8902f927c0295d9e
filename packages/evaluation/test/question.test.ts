/** What a network finds in a picture, first and second, as metrics are told. */
import type { OutputPort, Scorer, Scores } from "@onnx-lrp/core";
import { classScores, scoresOf } from "@onnx-lrp/core/internal";
import { expect, test } from "vitest";
import { askPicture } from "../src/run/question.ts";
import { imageOf } from "./metric-context.ts";

function ask(head: OutputPort, raw: readonly number[], label: number) {
  const scores: Scores = scoresOf(head, Float32Array.from(raw));
  const scorer: Scorer = {
    ...{ image: imageOf(2, 2), head, batchSize: 1 },
    score: async () => [scores],
    release: async () => {},
  };
  const item = { id: "a.png", path: "a.png", label, region: { kind: "none" } } as const;
  const { predicted, second } = askPicture(scorer, scores, {
    item,
    data: new Float32Array(4),
    inside: undefined,
  });
  return [predicted.class, second?.class];
}

test("of classes the two with the highest scores; ties go to the lower number", () => {
  expect(ask(classScores("y", 4), [1, 3, 3, 2], 0)).toEqual([1, 2]);
  expect(ask(classScores("y", 1), [1], 0)).toEqual([0, undefined]);
});

test("of one score the more probable answer", () => {
  const one = {
    ...classScores("y", 2, "sigmoid"),
    dims: [{ times: 1 }, 1],
    form: "single",
    classAxis: undefined,
  } as const;
  expect(ask(one, [2], 0)).toEqual([1, 0]);
  expect(ask(one, [-2], 1)).toEqual([0, 1]);
});
