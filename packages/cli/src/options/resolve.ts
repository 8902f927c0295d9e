/** Resolves a command's arguments to options of the libraries. */
import type { ExplainerOptions, PerAxis } from "@onnx-lrp/core";
import { biasConventions } from "@onnx-lrp/core/names";
import {
  explainerOptions,
  findModel,
  type KnownNetwork,
  type MethodSettings,
  type NetworkOptions,
  readNetwork,
} from "@onnx-lrp/network/internal";
import type { ModelFile } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { parseFeeds } from "./feeds.ts";
import type { MethodArguments, PerturbationArguments } from "./method.ts";
import { type ModelArguments, parseSize } from "./model.ts";
import { parseBound } from "./pixel-bounds.ts";

/** @param opened the model's file, if it was read already */
export async function openNetwork(
  args: ModelArguments & { readonly model: string },
  opened?: ModelFile,
): Promise<KnownNetwork> {
  const { readModelFile } = await import("@onnx-lrp/node");
  const options = networkOptions(args);
  return readNetwork(opened ?? readModelFile(await findModel(args.model)), options);
}

/** @throws UserError `usage` for texts that say no size, value or bound */
export function networkOptions({
  preprocess,
  squash,
  input,
  layout,
  ...texts
}: ModelArguments): NetworkOptions {
  return {
    ...{ preprocess, squash, input, layout },
    size: parseSize(texts.size),
    feeds: parseFeeds(texts.feed),
    low: parseBound(texts.low, "--low"),
    high: parseBound(texts.high, "--high"),
  };
}

export async function explanationOptions(
  args: MethodArguments & ModelArguments & Partial<PerturbationArguments>,
  network: KnownNetwork,
): Promise<ExplainerOptions> {
  return explainerOptions(methodSettings(args), network);
}

/** @throws UserError `usage` for invalid numbers */
export function methodSettings(
  args: MethodArguments & ModelArguments & Partial<PerturbationArguments>,
): MethodSettings {
  for (const name of ["samples", "cells", "segments"] as const) {
    const value = args[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw new UserError("usage", `--${name} must be an integer of at least 1; got ${value}.`);
    }
  }
  if (!Number.isSafeInteger(args.seed))
    throw new UserError("usage", `--seed must be an integer; got ${args.seed}.`);
  for (const name of ["epsilon", "gamma", "gamma-first", "gamma-dense"] as const) {
    const value = args[name];
    // As in rules files: float32 holds the number, and its inverse.
    if (value !== undefined && !(value >= 0 && value <= 1e30))
      throw new UserError("usage", `--${name} must be a number from 0 to 1e30; got ${value}.`);
  }
  const { method, composite, rules, layer, samples, noise, seed, baseline, score, cells, segments } = args;
  return {
    ...{ method, composite, rules, layer, samples, noise, seed, baseline, score, cells, segments },
    ...{ epsilon: args.epsilon, gamma: args.gamma },
    ...{ gammaFirst: args["gamma-first"], gammaDense: args["gamma-dense"] },
    bias: biasConventions.find((known) => known === args.bias) ?? "none",
    window: perAxis("window", args.window),
    stride: perAxis("stride", args.stride),
    backTo: args["back-to"],
    output: args.output,
    head: args.head,
    rivals: args.rivals,
    unknown: args.unknown,
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
