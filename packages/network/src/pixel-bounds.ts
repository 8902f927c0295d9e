/** Between which numbers an input's values lie. */
import type { DeclaredInputPort, PixelBounds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, Preprocess } from "@onnx-lrp/pictures";

/** One number for all channels, or one for each. */
export type Bound = number | readonly number[];

/**
 * The bounds of an input's values, which the zbox rule needs.
 *
 * @returns undefined if neither the options nor the preprocessing give any
 * @throws UserError `usage` for invalid numbers, or one bound without the other where the preprocessing gives none
 */
export async function choosePixels(
  given: { readonly low?: Bound | undefined; readonly high?: Bound | undefined },
  preprocess: Fact<Preprocess>,
  port: DeclaredInputPort,
): Promise<PixelBounds | undefined> {
  const { choosePixelBounds } = await import("@onnx-lrp/pictures/internal");
  const { channels } = port;
  const spec = preprocess.value;
  const low = byChannel(given.low, "lowest", channels);
  const high = byChannel(given.high, "highest", channels);
  if (low !== undefined && high !== undefined) return choosePixelBounds(spec, channels, { low, high });
  if (await takesBytes(port, preprocess)) return choosePixelBounds(spec, channels, { low, high });
  if (low === undefined && high === undefined) return undefined;
  throw new UserError(
    "usage",
    `The input "${port.name}" is not a picture of bytes: its lowest and its highest value are given both, or neither.`,
    { subject: { option: "pixels", value: port.name } },
  );
}

/** Whether an input is made from a picture's bytes, so that its preprocessing bounds its values. */
async function takesBytes(
  port: DeclaredInputPort,
  { value: spec, source: { from } }: Fact<Preprocess>,
): Promise<boolean> {
  const { inputKind } = await import("@onnx-lrp/core");
  if (inputKind(port) !== "picture") return false;
  if (port.channels !== 4) return port.channels === 1 || port.channels === 3;
  // Four channels are rarely a picture with opacity: only if the model or the user says so.
  return from === "model" || from === "file" || (from === "option" && spec.mean.length === port.channels);
}

function byChannel(bound: Bound | undefined, which: string, channels: number): number[] | undefined {
  if (bound === undefined) return undefined;
  const values = typeof bound === "number" ? [bound] : bound;
  const [only] = values;
  if (values.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  if (values.length === channels) return [...values];
  throw new UserError(
    "usage",
    `The ${which} value of the input must be one number, or ${channels}: one for each channel; got ${values.length}.`,
    { subject: { option: "pixels" } },
  );
}
