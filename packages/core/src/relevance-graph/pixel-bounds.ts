/** The range of numbers that a network's input can have, which the zbox rule and noise are made from. */
import { type Remedy, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { conventionsOf } from "../composites.ts";
import { type Grid, strides } from "../grid/grid.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { RelevanceGraph } from "./build.ts";

/** The lowest and the highest number after preprocessing: one for all channels of the input, or one for each. */
export interface PixelBounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

type Shape = Pick<InputPort, "name" | "type" | "dims"> & Grid;

/**
 * @returns the bounds with one number for each channel
 * @throws UserError `usage` for another count of numbers, and where the lowest lies above the highest
 */
export function boundsByChannel({ name, channels }: Shape, { low, high }: PixelBounds): PixelBounds {
  const spread = (numbers: readonly number[], end: string): readonly number[] => {
    if (numbers.length === channels) return numbers;
    const [only] = numbers;
    if (numbers.length === 1 && only !== undefined) return new Array<number>(channels).fill(only);
    throw wrongBounds(
      `The input "${name}" has ${channels} channel${channels === 1 ? "" : "s"}, and ${numbers.length} numbers were given for the ${end} of its values.`,
      `give one number, or ${channels}, one for each channel`,
    );
  };
  const bounds = { low: spread(low, "lowest"), high: spread(high, "highest") };
  for (const [channel, lowest] of bounds.low.entries()) {
    const highest = bounds.high[channel];
    if (highest !== undefined && lowest <= highest) continue;
    throw wrongBounds(
      `The lowest value of channel ${channel} of the input "${name}" is given as ${lowest}, and the highest as ${highest}.`,
      "give a lowest value that is not above the highest",
    );
  }
  return bounds;
}

function wrongBounds(reason: string, cure: string): UserError {
  return new UserError("usage", reason, { subject: { option: "pixels" }, remedies: [textRemedy(cure)] });
}

/**
 * The bounds that the values of an input must keep, by channel; undefined where no rule of the graph builds on them.
 *
 * @param pixels by channel
 */
export function neededBounds(
  { nodes, composite }: Pick<RelevanceGraph, "nodes" | "composite">,
  pixels: PixelBounds | undefined,
): PixelBounds | undefined {
  const needed = nodes.some(
    ({ rule }) =>
      rule?.kind === "shares" &&
      rule.branches.some(({ shares }) =>
        shares.some(({ input }) => input.kind === "low" || input.kind === "high"),
      ),
  );
  if (!needed || pixels === undefined) return undefined;
  return conventionsOf(composite)?.bounds === "shared" ? sameForAllChannels(pixels) : pixels;
}

/** One lowest and one highest value, as the SGLRP paper's code has it. */
export function sameForAllChannels(pixels: PixelBounds): PixelBounds {
  const [low, high] = [Math.min(...pixels.low), Math.max(...pixels.high)];
  return { low: pixels.low.map(() => low), high: pixels.high.map(() => high) };
}

/** How far beyond a bound a value may lie, as a share of the range: float32 rounds what preprocessing computes. */
const tolerance = 1e-4;

/**
 * @param bounds by channel
 * @throws UserError `input` for the first value beyond them: the zbox rule would give it relevance of the wrong sign
 */
export function checkWithinBounds(image: Shape, values: Float32Array, { low, high }: PixelBounds): void {
  const step = strides(image);
  // Integers are rounded before the network sees them.
  const slack = (range: number) => (image.type === "float32" ? tolerance * range : 0.5);
  for (let i = 0; i < values.length; i += 1) {
    const channel = Math.floor(i / step.channel) % image.channels;
    const [value = 0, lowest = 0, highest = 0] = [values[i], low[channel], high[channel]];
    const more = slack(highest - lowest);
    // What is not finite is found when the scores are.
    if (Number.isFinite(value) && (value < lowest - more || value > highest + more)) {
      throw new UserError("input", beyondBounds(image, i, value, channel, [lowest, highest]), {
        subject: { value: image.name, option: "pixels" },
        remedies: waysOut,
      });
    }
  }
}

const waysOut: readonly Remedy[] = [
  { kind: "option", option: "pixels", note: "the lowest and the highest value that inputs can have" },
  {
    kind: "option",
    option: "composite",
    values: ["zplus", "epsilon-plus-flat"],
    note: "which need no bounds",
  },
  textRemedy("give an input that is preprocessed as the network expects it"),
];

function beyondBounds(
  { dims, layout, name }: Shape,
  index: number,
  value: number,
  channel: number,
  [low, high]: readonly [number, number],
): string {
  const sizes = dims.slice(1).map(Number);
  const place = sizes.map((size, axis) => {
    const below = sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
    return Math.floor(index / below) % size;
  });
  const axes = layout === "nchw" ? "channel, row, column" : "row, column, channel";
  return (
    `The input "${name}" has the value ${rounded(value)} at [${place.join(", ")}] (${axes}, from 0), outside the bounds ` +
    `${rounded(low)} to ${rounded(high)} of channel ${channel}: the zbox rule would give it relevance of the wrong sign.`
  );
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}
