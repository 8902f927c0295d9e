/** How a method is set up for a network: what its options mean there. */
import type { ExplainerOptions, MethodName } from "@onnx-lrp/core";
import type { BiasConvention } from "@onnx-lrp/core/names";
import type { RuleFile } from "@onnx-lrp/core/rule-file";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ColourName } from "@onnx-lrp/pictures";
import type { KnownNetwork } from "./known-network.ts";
import type { Platform } from "./platform.ts";

/** A colour by its name, an image file, one number for each channel, or a tensor as the network takes it. */
export type BaselineSource = ColourName | (string & {}) | readonly number[] | Float32Array;

/** The method that explains, and its parameters; each has a default. */
export interface MethodSettings
  extends Pick<
    ExplainerOptions,
    | "composite"
    | "layer"
    | "samples"
    | "noise"
    | "seed"
    | "score"
    | "window"
    | "stride"
    | "cells"
    | "segments"
    | "unknown"
    | "backTo"
    | "output"
    | "head"
    | "rivals"
  > {
  /** Default `sglrp`, or `lrp` where classes do not compete. */
  readonly method?: MethodName | undefined;
  /** Rules layer by layer, in place of a composite: a JSON file, or what such a file holds. */
  readonly rules?: string | RuleFile | undefined;
  /** Stabilizer of the epsilon rule; default 1e-6. */
  readonly epsilon?: number | undefined;
  /** Strength of the gamma rule; default 0.25. */
  readonly gamma?: number | undefined;
  /** The same at the first layer of the composite transformer; default 100. */
  readonly gammaFirst?: number | undefined;
  /** The same at its dense layers; default 0.05. */
  readonly gammaDense?: number | undefined;
  /** Bias in the denominators of the zplus and alpha-beta rules; default `none`. */
  readonly bias?: BiasConvention | undefined;
  /** What the methods that need one compare the input with, and what hidden pixels are filled with; default `mean`. */
  readonly baseline?: BaselineSource | undefined;
}

/** @throws UserError `usage` for invalid numbers, rules files and baselines */
export async function explainerOptions(
  settings: MethodSettings,
  network: KnownNetwork,
): Promise<ExplainerOptions> {
  const { epsilon, gamma, gammaFirst, gammaDense, bias, rules, baseline = "mean", ...plain } = settings;
  const { cells, segments, seed } = settings;
  atLeast(1, { cells, segments });
  if (seed !== undefined && !Number.isInteger(seed)) {
    throw new UserError("usage", `The seed must be an integer; got ${seed}.`, {
      subject: { option: "seed" },
    });
  }
  return {
    ...plain,
    parameters: ruleParameters({ epsilon, gamma, gammaFirst, gammaDense }, bias),
    rules: typeof rules === "string" ? await readRules(network.platform, rules) : rules,
    baseline: typeof baseline === "string" ? await baselineOf(baseline, network) : baseline,
    // The bounds are those of the input; of an inner value nobody knows any.
    pixels: isInner(settings, network) ? undefined : network.pixels,
    ...network.inputs,
    size: network.size,
  };
}

function isInner({ backTo }: MethodSettings, { picture }: KnownNetwork): boolean {
  return backTo !== undefined && backTo !== picture.name;
}

function atLeast(least: number, options: Readonly<Record<string, number | undefined>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || (Number.isInteger(value) && value >= least)) continue;
    throw new UserError(
      "usage",
      `The number of ${option} must be an integer of at least ${least}; got ${value}.`,
      {
        subject: { option },
      },
    );
  }
}

function ruleParameters(
  numbers: Pick<MethodSettings, "epsilon" | "gamma" | "gammaFirst" | "gammaDense">,
  bias: MethodSettings["bias"],
): ExplainerOptions["parameters"] {
  const given = Object.entries(numbers).flatMap(([option, value]) =>
    value === undefined ? [] : [[option, value] as const],
  );
  for (const [option, value] of given) {
    // As in rules files: float32 holds the number, and its inverse.
    if (value >= 0 && value <= 1e30) continue;
    throw new UserError("usage", `${option} must be a number from 0 to 1e30; got ${value}.`, {
      subject: { option },
    });
  }
  return { ...Object.fromEntries(given), ...(bias === undefined ? {} : { bias }) };
}

async function readRules(platform: Platform, path: string): Promise<RuleFile> {
  const { parseRuleFile } = await import("@onnx-lrp/core/rule-file");
  return parseRuleFile(await platform.readText(path, "rules file"), path);
}

async function baselineOf(
  baseline: string,
  { platform, spec, picture }: Pick<KnownNetwork, "platform" | "spec" | "picture">,
): Promise<readonly number[] | Float32Array> {
  const { colourNames, namedColour, preprocess } = await import("@onnx-lrp/pictures");
  const { isPictureChannels, isPictureInput } = await import("@onnx-lrp/pictures/internal");
  const { channels } = picture;
  const named = colourNames.find((name): name is ColourName => name === baseline);
  // Colours are of pictures; whatever else there is counts from 0.
  if (named !== undefined) {
    return isPictureInput(picture) && isPictureChannels(channels) ? namedColour(named, spec, channels) : [0];
  }
  if (!platform.isPictureFile(baseline)) {
    throw new UserError(
      "usage",
      `The baseline must be one of ${colourNames.join(", ")}, or an image file; got "${baseline}".`,
      { subject: { option: "baseline" } },
    );
  }
  const { height, width, layout } = picture;
  if (height === undefined || width === undefined || !isPictureChannels(channels)) {
    throw new UserError(
      "usage",
      "An image file as baseline needs a network of fixed height and width with one, three or four channels.",
      { remedies: [{ kind: "option", option: "baseline", values: colourNames }] },
    );
  }
  return preprocess(await platform.decodePicture(baseline), spec, { height, width, layout, channels }).data;
}
