import type { PixelBounds, PixelRange } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { pixelBounds } from "./preprocess.ts";
import { type Preprocess, parsePreprocess, preprocessPresets } from "./preprocess-spec.ts";

/** The user; the file's metadata; the arithmetic that the graph does to the picture; nobody. */
export type PreprocessSource = "option" | "model" | "graph" | "guess";

/** What there is to choose a preprocessing by. */
export interface PreprocessHints {
  /** What the user asks for. */
  readonly given: Preprocess | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The model file's path, for errors. */
  readonly where: string;
  readonly channels: number;
  /** The range of pixels that the network's own arithmetic on the picture tells of. */
  readonly range: PixelRange | undefined;
}

/**
 * How pictures become tensors for a model: as the user says, else as the model says, else as its own arithmetic on the
 * picture tells, else as ImageNet networks do.
 *
 * @throws UserError "model" if what the metadata say is no preprocessing
 */
export function choosePreprocess({ given, metadata, where, channels, range }: PreprocessHints): {
  spec: Preprocess;
  from: PreprocessSource;
} {
  if (given !== undefined) return { spec: given, from: "option" };
  const embedded = metadata["onnx-lrp.preprocess"];
  if (embedded !== undefined) {
    return {
      spec: embeddedPreprocess(() => parsePreprocess(embedded, `${where}: onnx-lrp.preprocess`)),
      from: "model",
    };
  }
  if (range !== undefined)
    return { spec: preprocessPresets[range === "bytes" ? "none" : "unit"], from: "graph" };
  return { spec: preprocessPresets[channels === 3 ? "imagenet" : "unit"], from: "guess" };
}

/** What is wrong inside a model is the model's fault, not the user's. */
function embeddedPreprocess(parse: () => Preprocess): Preprocess {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof UserError) {
      throw new UserError("model", cause.reason, { subject: cause.subject, cause });
    }
    throw cause;
  }
}

/**
 * The range of pixels that the zbox rule needs: `given`, and where that leaves it open, what the preprocessing makes of
 * black and white.
 *
 * @throws UserError "usage" if a lowest pixel is not below the highest
 */
export function choosePixelBounds(
  spec: Preprocess,
  channels: number,
  given: { readonly low?: readonly number[] | undefined; readonly high?: readonly number[] | undefined },
): PixelBounds {
  const derived = pixelBounds(spec, channels);
  const { low = derived.low, high = derived.high } = given;
  for (const [channel, value] of low.entries()) {
    if (value >= (high[channel] ?? value)) {
      throw new UserError(
        "usage",
        `The lowest pixel must be less than the highest in every channel; in channel ${channel} they are ${value} and ${high[channel]}.`,
        { subject: { option: "pixels" } },
      );
    }
  }
  return { low, high };
}
