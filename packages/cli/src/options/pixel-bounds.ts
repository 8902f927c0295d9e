/** The options --low and --high: between which numbers an input's values lie. */
import type { DeclaredInputPort, PixelBounds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, Preprocess } from "@onnx-lrp/pictures";
import type { ModelArguments } from "./model.ts";

/**
 * The bounds of an input's values, which the zbox rule needs.
 *
 * @returns undefined if neither the options nor the preprocessing give any
 * @throws UserError `usage` for invalid numbers, or one bound without the other where the preprocessing gives none
 */
export async function pixelsFor(
  args: Pick<ModelArguments, "low" | "high">,
  preprocess: Fact<Preprocess>,
  port: DeclaredInputPort,
): Promise<PixelBounds | undefined> {
  const { choosePixelBounds } = await import("@onnx-lrp/pictures");
  const { channels } = port;
  const spec = preprocess.value;
  const low = numbers(args.low, "--low", channels);
  const high = numbers(args.high, "--high", channels);
  if (low !== undefined && high !== undefined) return choosePixelBounds(spec, channels, { low, high });
  if (await takesBytes(port, preprocess)) return choosePixelBounds(spec, channels, { low, high });
  if (low === undefined && high === undefined) return undefined;
  throw new UserError(
    "usage",
    `The input "${port.name}" is not a picture of bytes: give both --low and --high, or neither.`,
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

function numbers(text: string | undefined, option: string, channels: number): number[] | undefined {
  if (text === undefined) return undefined;
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.some((value) => !Number.isFinite(value)))
    throw new UserError("usage", `${option} must be numbers separated by commas; got "${text}".`);
  const [only] = values;
  if (values.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  if (values.length !== channels) {
    throw new UserError(
      "usage",
      `${option} must be one number, or ${channels}: one per channel of the input; "${text}" has ${values.length}.`,
    );
  }
  return values;
}
