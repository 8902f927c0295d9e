import { intAttribute, intsAttribute, stringAttribute } from "@onnx-lrp/onnx-loader";
import type { Site } from "./operator.ts";
import { staticSizes } from "./size.ts";

/** How a window (a convolution's kernel or a pool) runs over the spatial axes; one entry an axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zero padding before the first and after the last element. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  /** Spatial sizes of the unpadded side and of the windows' side. */
  readonly large: readonly number[];
  readonly small: readonly number[];
}

/**
 * The window of a Conv, ConvTranspose or pooling node, with `auto_pad` resolved.
 *
 * @param large name of the value that the window runs over (a ConvTranspose's output)
 * @param small name of the value with one element a window position
 */
export function windowOf(site: Site, kernel: readonly number[], large: string, small: string): Window {
  const { node } = site;
  const rank = kernel.length;
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, "strides") ?? ones;
  const dilations = intsAttribute(node, "dilations") ?? ones;
  const sizes = staticSizes(site.shape(large), site, 2);
  const positions = staticSizes(site.shape(small), site, 2);
  const base = { kernel, strides, dilations, large: sizes, small: positions };
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    const total = kernel.map((k, i) => {
      const reach = ((positions[i] ?? 0) - 1) * (strides[i] ?? 1) + (dilations[i] ?? 1) * (k - 1) + 1;
      return Math.max(0, reach - (sizes[i] ?? 0));
    });
    const less = total.map((pad) => Math.floor(pad / 2));
    const more = total.map((pad, i) => pad - (less[i] ?? 0));
    return auto === "SAME_UPPER" ? { ...base, begin: less, end: more } : { ...base, begin: more, end: less };
  }
  const pads = auto === "VALID" ? undefined : intsAttribute(node, "pads");
  const zeros = kernel.map(() => 0);
  return { ...base, begin: pads?.slice(0, rank) ?? zeros, end: pads?.slice(rank) ?? zeros };
}

/**
 * The window of a ConvTranspose. Its padding may be given by the size of its output: by `output_shape`, or by SAME
 * padding, which makes the output `stride` times as large as the input.
 */
export function transposedWindow(
  site: Site,
  kernel: readonly number[],
  input: string,
  output: string,
): Window {
  const { node } = site;
  const plain = windowOf(site, kernel, output, input);
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  const same = auto === "SAME_UPPER" || auto === "SAME_LOWER";
  if (!same && intsAttribute(node, "output_shape") === undefined) return plain;
  const extra = intsAttribute(node, "output_padding");
  const total = kernel.map((k, i) => {
    const steps = ((plain.small[i] ?? 0) - 1) * (plain.strides[i] ?? 1);
    const full = steps + (extra?.[i] ?? 0) + (plain.dilations[i] ?? 1) * (k - 1) + 1;
    return Math.max(0, full - (plain.large[i] ?? 0));
  });
  const less = total.map((pad) => Math.floor(pad / 2));
  const more = total.map((pad, i) => pad - (less[i] ?? 0));
  return auto === "SAME_UPPER" ? { ...plain, begin: less, end: more } : { ...plain, begin: more, end: less };
}

export function groupOf(site: Site): number {
  return intAttribute(site.node, "group", 1);
}
