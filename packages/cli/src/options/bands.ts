/** Which channels of pictures are shown. */
import { channelNames, type KnownNetwork } from "@onnx-lrp/network/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ViewOptions } from "@onnx-lrp/pictures";

export const bandsOption = {
  type: "string",
  nargs: 1,
  describe:
    "Channels to show as red, green and blue, or one as grey, counted from 1: 4,3,2 [default: the first three if there are not 1, 3 or 4]",
} as const;

export function lookOf(args: { readonly bands?: string | undefined }, network: KnownNetwork): ViewOptions {
  return { pixels: network.pixels, bands: parseBands(args.bands), names: channelNames(network) };
}

/**
 * @returns channels from 0
 * @throws UserError `usage` for anything but one or three channels
 */
function parseBands(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : 0));
  if ((numbers.length === 1 || numbers.length === 3) && numbers.every((number) => number >= 1)) {
    return numbers.map((number) => number - 1);
  }
  throw new UserError(
    "usage",
    `--bands must be three channels, or one, counted from 1 and separated by commas, such as 4,3,2; got "${text}".`,
  );
}
