/** Sentences about the picture input, what is done to pictures, and the class scores. */

import { sourceText } from "../source-text.ts";
import type { Facts } from "./facts.ts";
import type { InputFacts, NetworkFacts } from "./network-facts.ts";
import { valueText } from "./words.ts";

/** The input as the file has it, and what it is taken for. */
export function inputText({ inputs }: Facts, { input }: NetworkFacts): string[] {
  const declared = inputs.find(({ name }) => name === input.name);
  const whole = input.type === "float32" ? "" : `; integers (${input.type})`;
  return [
    ...(declared === undefined ? [] : [valueText(declared)]),
    `${input.axes.includes("H") && !input.axes.includes("D") ? pictureText(input) : arrayText(input)}${whole}; ${batchText(input)}`,
  ];
}

function pictureText(input: InputFacts): string {
  const channels = input.channels === 1 ? "grey" : `${input.channels} channels`;
  const batch = input.lacks === "batch" ? "" : "N,";
  const where = input.layout === "nchw" ? `channels first (${batch}C,H,W)` : `channels last (${batch}H,W,C)`;
  const shape = `${channels}, ${input.lacks === "channel" ? "no channel dimension" : where}`;
  return `pictures of ${sizesText(input, `${input.height} x ${input.width} pixels`)}, ${shape}`;
}

/** What is no picture, and why it is taken for what it is. */
function arrayText(input: InputFacts): string {
  const { axes, axesBecause, channels, depth, height, width } = input;
  const count = `${channels} channel${channels === 1 ? "" : "s"}`;
  const letters = `axes ${[...axes].join(",")}, ${axesBecause}`;
  if (axes.includes("L")) return `signals of ${sizesText(input, `${width} steps`)}, ${count}; ${letters}`;
  if (axes.includes("D")) {
    return `volumes of ${sizesText(input, `${depth} x ${height} x ${width} voxels`)}, ${count}; ${letters}`;
  }
  return `${channels * depth * height * width} features; ${letters}`;
}

function sizesText({ anySize }: InputFacts, size: string): string {
  return anySize ? `any size, here taken as ${size} (--size)` : size;
}

function batchText({ batch, lacks }: InputFacts): string {
  if (typeof batch === "string") return "any batch";
  const one = "all targets of a picture share one forward pass, pictures run one after another";
  if (lacks === "batch") return `no batch dimension: ${one}`;
  if (batch === 1) return `batch fixed at 1: ${one}`;
  return `batch fixed at ${batch}: pictures run ${batch} at a time, and a smaller number costs as much`;
}

const fits = { crop: "cropped", squash: "stretched", pad: "padded" } as const;

export function preprocessText({ input, preprocess, pixels }: NetworkFacts): string {
  const { name, scale, mean, std, order, fit, interpolation = "bilinear", from, source } = preprocess;
  const who = `${name} (${sourceText({ from, name: source }, "--preprocess")})`;
  if (pixels === null && name === "none")
    return `${who}: numbers as they are, bounds unknown (--low, --high)`;
  const steps = [
    scale === 1 ? "byte as it is" : `byte / ${Number((1 / scale).toPrecision(6))}`,
    ...(mean.every((m) => m === 0) ? [] : [`less ${mean.join(" ")}`]),
    ...(std.every((s) => s === 1) ? [] : [`over ${std.join(" ")}`]),
    ...(input.channels === 1 ? [] : [order.toUpperCase()]),
    fits[fit],
    ...(interpolation === "bilinear" ? [] : [interpolation]),
  ];
  const range =
    pixels === null
      ? "; bounds unknown (--low, --high)"
      : `; pixels from ${rounded(Math.min(...pixels.low))} to ${rounded(Math.max(...pixels.high))}`;
  return `${who}: ${steps.join(", ")}${range}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function scoresText({ outputs }: Facts, { head }: NetworkFacts): string {
  const declared = outputs.find(({ name }) => name === head.output);
  const what = declared === undefined ? head.output : valueText(declared);
  const kind = head.kind === "none" ? "logits" : `${head.kind} of the logits "${head.logits}"`;
  return `${what}: ${head.classes} classes, ${kind}`;
}

/** The names of the classes; undefined where they are unknown. */
export function labelsText({ said: { labels } }: NetworkFacts): string | undefined {
  if (labels === null) return undefined;
  const names = labels.first.map((label) => label.split(",")[0] ?? label).join(", ");
  const more = labels.count > labels.first.length ? ", ..." : "";
  return `${names}${more}: ${sourceText({ from: labels.from, name: labels.source }, "--labels")}`;
}

/** At which size pictures are seen, where somebody says it of a network that takes any. */
export function trainedSizeText({ said: { trainedSize } }: NetworkFacts): string | undefined {
  if (trainedSize === null) return undefined;
  const { height, width, from, source } = trainedSize;
  return `pictures are brought to ${height} x ${width} pixels, ${sourceText({ from, name: source }, "--size")}`;
}

/** The outputs that were not chosen; undefined where there is none. */
export function otherOutputs({ outputs }: Facts, { head }: NetworkFacts): string | undefined {
  const others = outputs.filter(({ name }) => name !== head.output);
  if (others.length === 0) return undefined;
  return `${others.map(valueText).join("; ")} (--output NAME takes another)`;
}
