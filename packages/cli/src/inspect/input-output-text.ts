/** Sentences about the explained input, its preprocessing, and the class scores. */

import { sourceText } from "../source-text.ts";
import type { Facts } from "./facts.ts";
import type { InputFacts, NetworkFacts } from "./network-facts.ts";
import { valueText } from "./words.ts";

/** The input as the file declares it, and how it is interpreted. */
export function inputText({ inputs }: Facts, { input }: NetworkFacts): string[] {
  const declared = inputs.find(({ name }) => name === input.name);
  const size = sizeText(input);
  const sizes = input.anySize ? `any size, here ${size} (--size)` : size;
  const whole = input.type === "float32" ? "" : `; integers (${input.type})`;
  const why = input.axesFrom === "sizes" ? "" : `, ${input.axesWhy}`;
  return [
    ...(declared === undefined ? [] : [valueText(declared)]),
    `${kinds[input.kind]} of ${sizes}, ${axesText(input)}${whole}; ${batchText(input)}`,
    ...(isPlain(input) ? [] : [`axes ${[...input.axes].join(" x ")}${why} (--layout overrides this)`]),
  ];
}

/** Whether its axes are evident: a colour or grey picture, as its file has it. */
function isPlain({ kind, channels, axesFrom }: InputFacts): boolean {
  return kind === "picture" && (channels === 1 || channels === 3) && axesFrom !== "option";
}

const kinds = { picture: "pictures", signal: "signals", volume: "volumes", features: "features" } as const;

function sizeText({ kind, depth, height, width, channels }: InputFacts): string {
  switch (kind) {
    case "picture":
      return `${height} x ${width} pixels`;
    case "signal":
      return `${width} samples`;
    case "volume":
      return `${depth} x ${height} x ${width} voxels`;
    case "features":
      return `${channels * depth * height * width} numbers`;
  }
}

function axesText({ kind, axes, channels, layout, lacks }: InputFacts): string {
  const count = channels === 1 ? (kind === "picture" ? "grey" : "1 channel") : `${channels} channels`;
  if (kind === "features") return channels === 1 ? "without places" : `which the network reads as ${count}`;
  if (lacks === "channel" || !axes.includes("C")) return `${count}, no channel dimension`;
  const letters = [...axes].filter((axis) => axis !== "N" || lacks !== "batch").join(",");
  return `${count}, channels ${layout === "nchw" ? "first" : "last"} (${letters})`;
}

function batchText({ batch, lacks }: InputFacts): string {
  if (typeof batch === "string") return "any batch";
  const one = "all targets share one forward pass, inputs run one after another";
  if (lacks === "batch") return `no batch dimension: ${one}`;
  if (batch === 1) return `batch fixed at 1: ${one}`;
  return `batch fixed at ${batch}: inputs run ${batch} at a time, and a smaller number costs as much`;
}

const fits = { crop: "cropped", squash: "stretched", pad: "padded" } as const;

export function preprocessText({ input, preprocess, pixels }: NetworkFacts): string {
  const { name, order, fit, interpolation = "bilinear", from, source } = preprocess;
  const who = `${name} (${sourceText({ from, name: source }, "--preprocess")})`;
  if (pixels === null && name === "none")
    return `${who}: numbers as they are, bounds unknown (--low, --high)`;
  const steps = [
    ...normalizationText(preprocess),
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

/** The formula from a byte x to the network's number, and its constants. */
function normalizationText({ scale, mean, std }: NetworkFacts["preprocess"]): string[] {
  const centred = mean.some((m) => m !== 0);
  const divided = std.some((s) => s !== 1);
  const scaled = scale === 1 ? "x" : `x / ${Number((1 / scale).toPrecision(6))}`;
  if (!centred && !divided) return [scale === 1 ? "bytes as they are" : scaled];
  const difference = centred ? `${scaled} - mean` : scaled;
  return [
    divided ? `${centred ? `(${difference})` : difference} / std` : difference,
    ...(centred ? [`mean ${mean.join(" ")}`] : []),
    ...(divided ? [`std ${std.join(" ")}`] : []),
  ];
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function scoresText({ outputs }: Facts, { head }: NetworkFacts): string {
  const declared = outputs.find(({ name }) => name === head.output);
  const what = declared === undefined ? head.output : valueText(declared);
  return `${what}: ${whatScoresAre(head)}`;
}

function whatScoresAre({
  form,
  kind,
  logits,
  classes,
  kindFrom,
  kindWhy,
  through,
  boxes,
  shape,
  classAxis,
}: NetworkFacts["head"]): string {
  const behind = through.length === 0 ? "" : `, before ${[...through].reverse().join(", ")}`;
  if (kind === "score")
    return `${form === "single" ? "a number" : "numbers"}, ${because(kindFrom, kindWhy)}${behind}`;
  if (boxes !== null) {
    const places = shape.filter((_, axis) => axis > 0 && axis !== classAxis).join(" x ");
    const names = classes === 1 ? "1 class" : `${classes} classes`;
    return `a detector, laid out as ${boxes.layout}: ${places} boxes, ${names}, ${kind === "none" ? "logits" : `${kind} of the logits "${logits}"`}${behind}`;
  }
  const made = kind === "none" ? "logits" : `${kind} of the logits "${logits}"`;
  const what = {
    single: "one score, yes or no",
    classes: `${classes} ${kind === "sigmoid" ? "labels" : "classes"}`,
    places: `${classes} ${kind === "sigmoid" ? "labels" : "classes"} at each place`,
  }[form];
  return `${what}, ${made}${behind}`;
}

function because(from: string, why: string): string {
  return from === "option" ? "as --head says" : `since ${why}`;
}

/** The names of the classes; undefined if they are unknown. */
export function labelsText({ said: { labels } }: NetworkFacts): string | undefined {
  if (labels === null) return undefined;
  const names = labels.first.map((label) => label.split(",")[0] ?? label).join(", ");
  const more = labels.count > labels.first.length ? ", ..." : "";
  return `${names}${more}: ${sourceText({ from: labels.from, name: labels.source }, "--labels")}`;
}

/** The size of training, if it is known and the network takes any; undefined otherwise. */
export function trainedSizeText({ said: { trainedSize } }: NetworkFacts): string | undefined {
  if (trainedSize === null) return undefined;
  const { height, width, from, source } = trainedSize;
  return `pictures are resized to ${height} x ${width} pixels, ${sourceText({ from, name: source }, "--size")}`;
}

/** What may be asked, and how a compiled model is asked; undefined for plain classes, of which nothing needs saying. */
export function targetsText({ head: { form, kind, shape, boxes } }: NetworkFacts): string | undefined {
  if (form === "single") return kind === "score" ? undefined : "yes, no (compiled: 1, 0)";
  if (form !== "places") return undefined;
  const sizes = shape.slice(1).join(",");
  if (boxes !== null) {
    return `box:N, box:X,Y, box:N=CLASS, CLASS (its best box), index:I,J,... (compiled: target_weights [N,K,${sizes}])`;
  }
  const places =
    kind === "score" ? "" : "CLASS@X,Y, CLASS@cell:COLUMN,ROW, CLASS@mask.png, CLASS@found, CLASS@all, ";
  return `${places}index:I,J,... (compiled: target_weights [N,K,${sizes}])`;
}

/** The outputs that were not chosen; undefined if there are none. */
export function otherOutputs(
  { outputs }: Facts,
  { head: { output, others } }: NetworkFacts,
): string | undefined {
  const listed = outputs.filter(
    ({ name }) => name !== output && !others.some((other) => other.output === name),
  );
  const all = [...others.map(({ output: name, what }) => `${name}: ${what}`), ...listed.map(valueText)];
  return all.length === 0 ? undefined : `${all.join("; ")} (choose one with --output NAME)`;
}
