import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { describe, expect, test } from "vitest";
import { lime, superpixels } from "../../src/index.ts";
import { ridgeRegression } from "../../src/perturbation/methods/lime.ts";
import { createRandom, hashPicture } from "../../src/random.ts";
import { total } from "../compare.ts";
import { contextOf, dot, handMade } from "../hand-made-black-box.ts";
import {
  correlation,
  greyShape,
  lossBySegment,
  one,
  picture,
  pixels,
  size,
  weights,
} from "./known-scores.ts";

describe("lime", () => {
  test("finds the weights of a network that is linear in its superpixels", async () => {
    const [of = []] = weights;
    const grey = picture.slice(0, pixels);
    const blackBox = handMade(size, (x) => [5 + dot(of, x)]);
    const map = await one(lime({ samples: 300, segments: 12, ridge: 1e-7 }), contextOf(blackBox, grey));
    expect(map).toBeNear(lossBySegment(of, grey, 12), 1e-5);
    // The ridge of the authors' code makes weights smaller, and keeps their signs.
    const held = await one(lime({ samples: 300, segments: 12 }), contextOf(blackBox, grey));
    const loss = lossBySegment(of, grey, 12);
    expect(correlation(held, loss)).toBeGreaterThan(0.99);
    expect(total(held.map((value) => value ** 2))).toBeLessThan(total(loss.map((value) => value ** 2)));
  });

  test("minimizes the weighted squares: at its answer their gradient is zero", () => {
    const draw = seeded(9);
    const rows = Array.from({ length: 30 }, () => numbers(draw, 4));
    const rowWeights = Float64Array.from(numbers(draw, 30, 0.1, 1));
    const wanted = [0, 1].map(() => Float64Array.from(numbers(draw, 30)));
    const answers = ridgeRegression(rows, rowWeights, wanted, 0.7);
    for (const [k, answer] of answers.entries()) {
      const free = rows.map((row, n) => (wanted[k]?.[n] ?? 0) - dot(answer, row));
      const intercept = dot(rowWeights, free) / total(rowWeights);
      const gradient = Array.from(answer, (value, i) =>
        rows.reduce(
          (sum, row, n) => sum - (rowWeights[n] ?? 0) * ((free[n] ?? 0) - intercept) * (row[i] ?? 0),
          0.7 * value,
        ),
      );
      for (const value of gradient) expect(Math.abs(value)).toBeLessThan(1e-12);
    }
  });

  test("draws superpixels with a half, and weighs samples by the kernel of their cosine distance", async () => {
    const grey = picture.slice(0, pixels).map((value) => value + 2);
    const [of = []] = weights;
    const score = (x: ArrayLike<number>) => Math.tanh(dot(of, x) / 3);
    const blackBox = handMade(size, (x) => [score(x)]);
    const map = await one(lime({ samples: 50, segments: 8, kernelWidth: 0.3 }), contextOf(blackBox, grey));

    const { labels, count } = superpixels(grey, greyShape, { segments: 8 });
    const random = createRandom(1, hashPicture(grey));
    const rows = Array.from({ length: 50 }, (_, n) =>
      Array.from({ length: count }, () => (n === 0 || random.uniform() < 0.5 ? 1 : 0)),
    );
    const rowWeights = Float64Array.from(rows, (row) => {
      const cosine = total(row) / Math.sqrt(total(row) * count);
      return Math.sqrt(Math.exp(-((1 - (cosine || 0)) ** 2) / 0.3 ** 2));
    });
    const scores = Float64Array.from(rows, (row) =>
      score(grey.map((v, i) => v * (row[labels[i] ?? 0] ?? 0))),
    );
    const [expected = []] = ridgeRegression(rows, rowWeights, [scores], 1);
    expect(map).toBeNear(
      Array.from(labels, (label) => expected[label] ?? 0),
      1e-5,
    );
  });
});
