/** A picture, a network in plain TypeScript and a map, as a metric sees them. */
import type { Heatmap, InputPort, Scorer, Scores } from "@onnx-lrp/core";
import { classScores, probabilities } from "@onnx-lrp/core/internal";
import { metricByName } from "../src/index.ts";
import type { MetricContext, Reading } from "../src/types.ts";

export function imageOf(
  width: number,
  height: number,
  channels = 1,
  layout: InputPort["layout"] = "nchw",
): InputPort {
  const dims = layout === "nchw" ? [channels, height, width] : [height, width, channels];
  return {
    name: "image",
    type: "float32",
    layout,
    channels,
    height,
    width,
    batch: "N",
    missingAxes: [],
    axes: ["N", "C", "H", "W"],
    axesSource: { by: "sizes", why: "" },
    depth: 1,
    dims: [{ times: 1 }, ...dims],
  };
}

/** A network that is a function from a picture to logits. */
export function networkOf(
  image: InputPort,
  logits: (picture: Float32Array) => readonly number[],
  batchSize = 4,
): Scorer & { readonly calls: number[] } {
  const calls: number[] = [];
  return {
    image,
    head: classScores("scores", 2, "none"),
    batchSize,
    calls,
    async score(pictures) {
      calls.push(pictures.length);
      return pictures.map((picture) => scoresFrom(logits(picture)));
    },
    release: async () => {},
  };
}

function scoresFrom(numbers: readonly number[]): Scores {
  const logits = Float32Array.from(numbers);
  return { logits, probabilities: probabilities(logits, "softmax") };
}

export interface Case {
  /** The input; left out, a picture of the sizes below. */
  readonly image?: InputPort;
  readonly width: number;
  readonly height: number;
  /** Of the map, row by row. */
  readonly map: readonly number[];
  readonly inside?: readonly number[];
  readonly channels?: number;
  readonly layout?: InputPort["layout"];
  /** Default: ones. */
  readonly picture?: readonly number[];
  /** Default: the sum of the picture's numbers against 0. */
  readonly logits?: (picture: Float32Array) => readonly number[];
  readonly fill?: readonly number[];
  readonly target?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly explain?: (picture: Float32Array) => readonly number[];
}

export function contextOf(given: Case): MetricContext & { readonly scorer: ReturnType<typeof networkOf> } {
  const { width, height, map, inside, channels = 1, fill = [0], target = 0, seed = 1 } = given;
  const image = given.image ?? imageOf(width, height, channels, given.layout);
  const { depth } = image;
  const logits = given.logits ?? ((picture) => [picture.reduce((a, b) => a + b, 0), 0]);
  const data = Float32Array.from(given.picture ?? Array(depth * width * height * channels).fill(1));
  const heatmap = (values: readonly number[]): Heatmap => ({
    width,
    height,
    ...(depth === 1 ? {} : { depth }),
    values: Float32Array.from(values),
  });
  return {
    image,
    item: {
      item: { id: "a", path: "/a", label: target, region: { kind: "none" } },
      data,
      inside: inside === undefined ? undefined : Uint8Array.from(inside),
    },
    scores: scoresFrom(logits(data)),
    target,
    heatmap: heatmap(map),
    scorer: networkOf(image, logits, given.batchSize),
    fill,
    explain: async (pictures) => pictures.map((picture) => heatmap(given.explain?.(picture) ?? map)),
    seed,
  };
}

export async function readings(name: string, given: Case): Promise<readonly Reading[]> {
  return metricByName(name).evaluate(contextOf(given));
}

/** Of a metric that gives one number; undefined where it gives none. */
export async function single(name: string, given: Case): Promise<number | undefined> {
  const found = await readings(name, given);
  if (found.length > 1) throw new Error(`${name} gave ${found.length} numbers`);
  return found[0]?.value;
}
