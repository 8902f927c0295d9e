import { expect, test } from "vitest";
import { classScores, probabilities, rivalsOf } from "../../src/internal.ts";

const logits = Float32Array.of(1, 4, 2, -30, 4.5);
const scores = { logits, probabilities: probabilities(logits, "softmax") };

test("the weights are the softmax over the other classes", () => {
  const rivals = rivalsOf(classScores("y", 5), scores, 4);
  const [a = 0, b = 0, c = 0] = [4, 2, 1].map((z) => Math.exp(z));
  const sum = a + b + c + Math.exp(-30);
  expect(rivals.map((rival) => rival.class)).toEqual([1, 2, 0]);
  for (const [i, part] of [a, b, c].entries()) expect(rivals[i]?.weight).toBeCloseTo(part / sum, 6);
});

test("a class that the network is sure of has rivals too, and faint ones are left out", () => {
  const sure = { ...scores, logits: Float32Array.of(200, 1, 0.5, -9) };
  expect(rivalsOf(classScores("y", 4), sure, 0).map((rival) => rival.class)).toEqual([1, 2]);
});

test("labels that do not compete have none", () => {
  expect(rivalsOf(classScores("y", 5, "sigmoid"), scores, 0)).toEqual([]);
});
