/** The baseline: the picture of nothing that some methods compare a picture with. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { BaselineOption } from "../explanation-options.ts";
import { strides } from "../grid/grid.ts";
import type { InputPort } from "../input-port/input-port.ts";
import { pictureElements } from "../relevance-graph/picture-sizes.ts";

/**
 * A picture of one colour, or the picture given; in integers, where the network takes no other numbers.
 *
 * @returns in the shape of the input without the batch
 * @throws UserError `usage` for a picture of another size, or a colour of other channels
 */
export function baselineImage(image: InputPort, baseline: BaselineOption | undefined): Float32Array {
  const { channels, type } = image;
  const elements = pictureElements(image);
  const rounded = type !== "float32";
  if (baseline instanceof Float32Array) {
    if (baseline.length === elements) return rounded ? baseline.map(Math.round) : baseline;
    throw new UserError(
      "usage",
      `The baseline has ${baseline.length} numbers; the network takes ${elements}.`,
      { subject: { option: "baseline" } },
    );
  }
  const colour = baseline ?? [0];
  if (colour.length !== 1 && colour.length !== channels) {
    throw new UserError("usage", `The baseline needs one number, or one for each of ${channels} channels.`, {
      subject: { option: "baseline" },
    });
  }
  const step = strides(image);
  return Float32Array.from({ length: elements }, (_, i) => {
    const channel = Math.floor(i / step.channel) % channels;
    const value = colour[colour.length === 1 ? 0 : channel] ?? 0;
    return rounded ? Math.round(value) : value;
  });
}

/** How a record names the baseline. */
export function baselineName(baseline: BaselineOption | undefined): "a picture" | 0 | readonly number[] {
  return baseline instanceof Float32Array ? "a picture" : (baseline ?? 0);
}
