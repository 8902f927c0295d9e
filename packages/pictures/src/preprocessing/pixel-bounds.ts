import type { PixelBounds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { pixelBounds } from "./preprocess.ts";
import type { Preprocess } from "./preprocess-spec.ts";

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
