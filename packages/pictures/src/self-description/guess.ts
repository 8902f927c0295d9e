import type { Layout, PixelRange } from "@onnx-lrp/core/internal";
import type { Model } from "@onnx-lrp/onnx-loader";
import { isPictureChannels } from "../picture.ts";
import type { Preprocess } from "../preprocessing/preprocess-spec.ts";
import { type PresetName, preprocessPresets } from "../preprocessing/preprocess-spec.ts";
import type { Fact } from "./description.ts";

/** What a preprocessing is guessed by, where nobody says it. */
export interface GuessHints {
  /** The program that wrote the file. */
  readonly producer: string;
  readonly layout: Layout;
  readonly channels: number;
  /** Whether pictures can be the input, by its axes and channels. */
  readonly isPicture: boolean;
  /** Sizes of the outputs' last axes, where they are fixed: one may be the number of classes. */
  readonly outputSizes: readonly number[];
  /** The range of pixels by the arithmetic that the network itself does to the picture. */
  readonly range: PixelRange | undefined;
}

export function outputSizesOf({ graph }: Pick<Model, "graph">): number[] {
  return graph.outputs.flatMap(({ type }) => {
    const last = type?.dims?.at(-1);
    return typeof last === "number" ? [last] : [];
  });
}

/** The graph's own word where it has one, else what networks of that kind usually take. */
export function guessPreprocess({
  producer,
  layout,
  channels,
  isPicture,
  outputSizes,
  range,
}: GuessHints): Fact<Preprocess> {
  const guess = (preset: PresetName, name: string): Fact<Preprocess> => ({
    value: preprocessPresets[preset],
    source: { from: "guess", name },
  });
  if (!isPicture) {
    return guess(
      "none",
      isPictureChannels(channels) ? "an input that is no picture" : `${channels} channels`,
    );
  }
  if (range !== undefined) {
    return {
      value: preprocessPresets[range === "bytes" ? "none" : "unit"],
      source: { from: "graph", name: "the network's own arithmetic on the picture" },
    };
  }
  if (channels !== 3) return guess("unit", channels === 1 ? "one channel" : `${channels} channels`);
  if (/^(onnx-)?caffe2?$/i.test(producer)) return guess("caffe", `the exporter ${producer}`);
  if (outputSizes.includes(1001)) return guess("tf", "1001 classes");
  if (/^tf2onnx$/i.test(producer) && layout === "nhwc")
    return guess("tf", "the exporter tf2onnx with channels last");
  return guess("imagenet", "three channels");
}
