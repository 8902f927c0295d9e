/** Resolves a command's arguments to the options of an explainer. */
import type { DeclaredInputPort, ExplainerOptions, PerAxis } from "@onnx-lrp/core";
import { biasConventions } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ColourName, Preprocess } from "@onnx-lrp/pictures";
import type { Network } from "../network.ts";
import type { MethodArguments, PerturbationArguments } from "./method.ts";
import type { ModelArguments } from "./model.ts";

export async function explanationOptions(
  args: MethodArguments & ModelArguments & Partial<PerturbationArguments>,
  network: Network,
): Promise<ExplainerOptions> {
  return {
    method: args.method,
    composite: args.composite,
    parameters: ruleParameters(args),
    ...(await methodSettings(args, network)),
    pixels: network.pixels,
    ...network.inputs,
    backTo: args["back-to"],
    output: args.output,
    head: args.head,
    size: network.size,
    unknown: args.unknown,
  };
}

/** What the values of options depend on. */
interface InputFacts {
  readonly spec: Preprocess;
  readonly picture: DeclaredInputPort;
}

/** @throws UserError `usage` for invalid numbers, rules files and baselines */
async function methodSettings(
  args: MethodArguments & Partial<PerturbationArguments>,
  facts: InputFacts,
): Promise<ExplainerOptions> {
  for (const name of ["samples", "cells", "segments"] as const) {
    const value = args[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      throw new UserError("usage", `--${name} must be an integer of at least 1; got ${value}.`);
    }
  }
  if (!Number.isInteger(args.seed))
    throw new UserError("usage", `--seed must be an integer; got ${args.seed}.`);
  return {
    rules: args.rules === undefined ? undefined : await readRules(args.rules),
    layer: args.layer,
    samples: args.samples,
    noise: args.noise,
    seed: args.seed,
    baseline: await resolveBaseline(args.baseline, facts),
    score: args.score,
    window: perAxis("window", args.window),
    stride: perAxis("stride", args.stride),
    cells: args.cells,
    segments: args.segments,
  };
}

/** One number for all axes, or one for each: 4x16x16. */
function perAxis(name: "window" | "stride", text: string | undefined): PerAxis | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split("x").map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  const [only = Number.NaN] = numbers;
  if (numbers.every((number) => number > 0)) return numbers.length === 1 ? only : numbers;
  throw new UserError(
    "usage",
    `--${name} must be an integer of at least 1, or one for each axis such as 4x16x16; got ${text}.`,
  );
}

async function readRules(path: string) {
  const { parseRuleFile } = await import("@onnx-lrp/core/rule-file");
  const { readTextFile } = await import("../text-file.ts");
  return parseRuleFile(await readTextFile(path, "rules file"), path);
}

async function resolveBaseline(
  baseline: string,
  { spec, picture }: InputFacts,
): Promise<readonly number[] | Float32Array> {
  const { decodeImage, isPictureFile } = await import("@onnx-lrp/node");
  const { colourNames, isPictureChannels, isPictureInput, namedColour, preprocess } = await import(
    "@onnx-lrp/pictures"
  );
  const { channels } = picture;
  const named = colourNames.find((name): name is ColourName => name === baseline);
  // Colours are of pictures; whatever else there is counts from 0.
  if (named !== undefined) {
    return isPictureInput(picture) && isPictureChannels(channels) ? namedColour(named, spec, channels) : [0];
  }
  if (!isPictureFile(baseline)) {
    throw new UserError(
      "usage",
      `--baseline must be one of ${colourNames.join(", ")}, or an image file; got "${baseline}".`,
    );
  }
  const { height, width, layout } = picture;
  if (height === undefined || width === undefined || !isPictureChannels(channels)) {
    throw new UserError(
      "usage",
      "An image file as --baseline needs a network of fixed height and width with one, three or four channels.",
      { remedies: [{ kind: "option", option: "baseline", values: colourNames }] },
    );
  }
  return preprocess(await decodeImage(baseline), spec, { height, width, layout, channels }).data;
}

/** @throws UserError `usage` for a negative parameter */
function ruleParameters(args: {
  readonly epsilon: number;
  readonly gamma: number;
  readonly bias: MethodArguments["bias"];
}) {
  for (const name of ["epsilon", "gamma"] as const) {
    if (!(args[name] >= 0)) throw new UserError("usage", `--${name} must be a number of at least 0.`);
  }
  const bias = biasConventions.find((known) => known === args.bias) ?? "none";
  return { epsilon: args.epsilon, gamma: args.gamma, bias };
}
