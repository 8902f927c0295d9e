/** Networks in plain TypeScript, whose scores are known. */
import type { Axes, PerturbationContext, Scorer, Scores } from "../src/index.ts";
import { classScores, gridSizes, type Layout } from "../src/internal.ts";

interface Shape {
  readonly channels?: number;
  /** Left out, those of a picture. */
  readonly axes?: Axes;
  readonly depth?: number;
  readonly height: number;
  readonly width: number;
  readonly layout?: Layout;
  readonly batchSize?: number;
}

export interface HandMade extends Scorer {
  /** How many pictures each call was given. */
  readonly groups: number[];
  /** The scores of a picture, of which no account is kept. */
  scoresOf(picture: Float32Array): Scores;
}

/** @param logits the scores of a picture; probabilities are their sigmoids */
export function handMade(
  {
    channels = 1,
    depth = 1,
    height,
    width,
    layout = "nchw",
    batchSize = 4,
    axes = pictureAxes(layout),
  }: Shape,
  logits: (picture: Float32Array) => readonly number[],
): HandMade {
  const groups: number[] = [];
  const sizes = gridSizes(axes, { channels, depth, height, width });
  const classes = logits(new Float32Array(channels * depth * height * width)).length;
  const scoresOf = (picture: Float32Array): Scores => {
    const scores = logits(picture);
    return {
      logits: Float32Array.from(scores),
      probabilities: Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score))),
    };
  };
  return {
    groups,
    scoresOf,
    batchSize,
    image: {
      name: "image",
      type: "float32",
      layout,
      channels,
      height,
      width,
      batch: "N",
      missingAxes: [],
      axes,
      axesSource: { by: "sizes", why: "" },
      depth,
      dims: [{ times: 1 }, ...sizes],
    },
    head: classScores("scores", classes, "sigmoid"),
    release: () => Promise.resolve(),
    score(pictures) {
      groups.push(pictures.length);
      return Promise.resolve(pictures.map(scoresOf));
    },
  };
}

function pictureAxes(layout: Layout): Axes {
  return layout === "nchw" ? ["N", "C", "H", "W"] : ["N", "H", "W", "C"];
}

export function contextOf(
  blackBox: HandMade,
  picture: ArrayLike<number>,
  rest: Partial<PerturbationContext> = {},
): PerturbationContext {
  const targets = rest.targets ?? [0];
  return {
    scorer: blackBox,
    picture: Float32Array.from(picture),
    scores: blackBox.scoresOf(Float32Array.from(picture)),
    targets,
    against: targets.map(() => undefined),
    score: "logit",
    fill: Array.from({ length: blackBox.image.channels }, () => 0),
    seed: 1,
    onProgress: undefined,
    ...rest,
  };
}

/** The sum of weights times pixels. */
export function dot(weights: ArrayLike<number>, picture: ArrayLike<number>): number {
  return Array.from(weights).reduce((sum, weight, i) => sum + weight * (picture[i] ?? 0), 0);
}
