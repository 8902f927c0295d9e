/**
 * One network by the roads of many exporters (test/exporters): however it was written down, its logits are those of
 * onnxruntime on the untouched file, and its map is that of every other road.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompositeName, MethodName } from "@onnx-lrp/core";
import { openExplainer, readNpy } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { UserError } from "@onnx-lrp/onnx-loader";
import { describe, expect, test } from "vitest";
import { relativeDifference } from "./numbers.ts";

/** A file, as test/exporters/manifest.py describes it. */
interface Network {
  readonly file: string;
  readonly road: string;
  readonly variant: string;
  readonly layout: "nchw" | "nhwc";
  readonly type: "float32" | "float16" | "bfloat16" | "float64" | "uint8";
  /** Where the file computes in another type than its input's. */
  readonly inside?: "float16" | "bfloat16";
  readonly pixels: "normalized" | "bytes";
  /** The least correlation of a quantized network's map with the base's, where it is not 0.98. */
  readonly correlation?: number;
  /** null: the input has no such dimension. */
  readonly batch: "any" | 1 | null;
  readonly size: "any" | number;
  readonly head: "none" | "softmax";
  readonly equals: "exact" | "quantized" | "refused";
  /** What a refusal must name. */
  readonly operation?: string;
  /** Whether onnxruntime's CPU provider runs the file. */
  readonly runs: boolean;
}

interface Manifest {
  readonly picture: string;
  readonly side: number;
  readonly classes: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly base: string;
  /** Of the base network, by Python's onnxruntime. */
  readonly logits: readonly number[];
  readonly networks: readonly Network[];
}

interface Case {
  readonly method: MethodName;
  readonly composite?: CompositeName;
  readonly samples?: number;
}

const folder = fileURLToPath(new URL("exporters/networks", import.meta.url));
const manifest: Manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const { side, mean, std } = manifest;
const bytes = (await readNpy(join(folder, manifest.picture))).data;
const base = manifest.networks.find(({ file }) => file === manifest.base);
const targets = [-1, -2];

const paper: Case = { method: "sglrp" };
/** Runs the network on several inputs together, which a file with a fixed batch does not take as it is. */
const sampled: Case = { method: "integrated-gradients", samples: 3 };
const cases: readonly Case[] = [paper, { method: "lrp", composite: "epsilon" }, { method: "gradient" }];

/** A number for each element of a picture in a layout. */
function arranged(layout: Network["layout"], value: (channel: number, position: number) => number): number[] {
  const positions = side * side;
  return Array.from({ length: 3 * positions }, (_, i) =>
    layout === "nchw" ? value(Math.floor(i / positions), i % positions) : value(i % 3, Math.floor(i / 3)),
  );
}

function normalized(byte: number, channel: number): number {
  return (byte - (mean[channel] ?? 0)) / (std[channel] ?? 1);
}

/** The picture as the network's input takes it. */
function pictureFor({ layout, pixels }: Network): Float32Array {
  return Float32Array.from(
    arranged(layout, (channel, position) => {
      const byte = Number(bytes[channel * side * side + position]);
      return pixels === "bytes" ? byte : normalized(byte, channel);
    }),
  );
}

/** A map as the base network would have it: channels first, and its gradient by normalized pixels. */
function asBase(relevance: Float32Array, { layout, pixels }: Network, method: string): Float64Array {
  const perByte = method === "gradient" && pixels === "bytes";
  return Float64Array.from(
    arranged("nchw", (channel, position) => {
      const at = layout === "nchw" ? channel * side * side + position : position * 3 + channel;
      return (relevance[at] ?? Number.NaN) * (perByte ? (std[channel] ?? 1) : 1);
    }),
  );
}

async function explain(network: Network, { method, composite, samples }: Case) {
  const ends = (byte: number) =>
    mean.map((_, channel) => (network.pixels === "bytes" ? byte : normalized(byte, channel)));
  const explainer = await openExplainer(join(folder, network.file), {
    method,
    composite,
    samples,
    pixels: { low: ends(0), high: ends(255) },
    size: network.size === "any" ? { height: side, width: side } : undefined,
    threads: 1,
  });
  try {
    const [result] = await explainer.explain([pictureFor(network)], [targets]);
    if (result === undefined) throw new Error("no explanation came back");
    return {
      head: explainer.head.kind,
      dequantized: explainer.prepared?.analysis.dequantized === true,
      quantized: result.quantized,
      logits: result.logits,
      probabilities: result.probabilities,
      classes: result.explanations.map(({ target }) => target),
      maps: result.explanations.map(({ relevance }) => asBase(relevance, network, method)),
    };
  } finally {
    await explainer.release();
  }
}

type Explained = Awaited<ReturnType<typeof explain>>;

const baseResults = new Map<Case, Promise<Explained>>();

function baseResult(which: Case): Promise<Explained> {
  if (base === undefined) throw new Error(`the manifest has no ${manifest.base}`);
  const known = baseResults.get(which) ?? explain(base, which);
  baseResults.set(which, known);
  return known;
}

/** What the file itself gives: logits, or probabilities after a Softmax. */
async function untouched(network: Network): Promise<Float64Array> {
  const session = await runtime.InferenceSession.create(join(folder, network.file), {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  try {
    const sizes = network.layout === "nchw" ? [3, side, side] : [side, side, 3];
    const dims = network.batch === null ? sizes : [1, ...sizes];
    const picture = pictureFor(network);
    const tensor = () => {
      switch (network.type) {
        case "uint8":
          return new runtime.Tensor("uint8", Uint8Array.from(picture), dims);
        case "float16":
          return new runtime.Tensor("float16", Uint16Array.from(picture, halfBits), dims);
        default:
          return new runtime.Tensor("float32", picture, dims);
      }
    };
    const outputs = await session.run({ [session.inputNames[0] ?? ""]: tensor() });
    const output = outputs[session.outputNames[0] ?? ""];
    if (output === undefined) throw new Error("onnxruntime gave no output");
    const { data } = output;
    if (data instanceof Uint16Array) return Float64Array.from(data, numberOfHalf);
    return Float64Array.from(data as ArrayLike<number>);
  } finally {
    await session.release();
  }
}

/** The nearest half-precision number's bits, of a normal number. */
function halfBits(value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  const units = Math.round((Math.abs(value) / 2 ** exponent) * 1024);
  const magnitude = value === 0 ? 0 : (exponent + 14) * 1024 + units;
  return magnitude | (value < 0 ? 0x8000 : 0);
}

function numberOfHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const average = (list: Float64Array) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [meanA, meanB] = [average(a), average(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [da, db] = [value - meanA, (b[i] ?? 0) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

/** How far apart logits may be, relative: those of the explanation and those of the file itself. */
function logitLimit({ type, inside, equals }: Network): number {
  if (equals === "quantized") return 0.1;
  return (inside ?? type) === "float16" ? 2e-3 : 1e-4;
}

async function expectOwnLogits(network: Network, made: Explained): Promise<void> {
  expect(made.head).toBe(network.head);
  if (network.runs) {
    const scores = network.head === "softmax" ? made.probabilities : made.logits;
    expect(relativeDifference(scores, await untouched(network))).toBeLessThan(logitLimit(network));
  }
  const near = network.equals === "quantized" ? 0.1 : 1e-4;
  expect(relativeDifference(made.logits, manifest.logits)).toBeLessThan(near);
}

async function expectSameMap(network: Network, which: Case, made: Explained): Promise<void> {
  const wanted = await baseResult(which);
  expect(made.classes).toEqual(wanted.classes);
  for (const [k, map] of made.maps.entries()) {
    const reference = wanted.maps[k] ?? new Float64Array();
    if (network.equals === "quantized")
      expect(correlation(map, reference)).toBeGreaterThan(network.correlation ?? 0.98);
    else expect(relativeDifference(map, reference)).toBeLessThan(1e-3);
  }
}

async function refusal(network: Network): Promise<unknown> {
  return explain(network, paper).then(
    () => "it was explained",
    (error: unknown) => error,
  );
}

/** An explanation of the network at fault: which node, which operation, what to do. */
function expectRefusal(error: unknown, operation: string): void {
  expect(error).toBeInstanceOf(UserError);
  if (!(error instanceof UserError)) return;
  expect(error.kind).toBe("unsupported");
  expect(error.message).toMatch(new RegExp(`\\b${operation}\\b`));
  expect(error.message).toMatch(/"[^"]+"/);
  expect(error.message).toMatch(/way out|ways out|export|--\w+/i);
}

describe("one network by the roads of many exporters", () => {
  const explained = manifest.networks.filter(({ equals }) => equals !== "refused");
  test.each(explained.map((network) => [network.road, network.file, network.variant, network] as const))(
    "%s: %s (%s)",
    async (_, __, ___, network) => {
      const made = await explain(network, paper);
      await expectOwnLogits(network, made);
      await expectSameMap(network, paper, made);
    },
  );

  const exact = explained.filter(({ equals }) => equals === "exact");
  for (const which of cases.slice(1)) {
    test.each(exact.map((network) => [network.file, network] as const))(
      `${which.method} ${which.composite ?? ""}: %s`,
      async (_, network) => expectSameMap(network, which, await explain(network, which)),
    );
  }

  const fixed = exact.filter(({ batch }) => batch === 1);
  test.each(fixed.map((network) => [network.file, network] as const))(
    "a method of samples: %s",
    async (_, network) => expectSameMap(network, sampled, await explain(network, sampled)),
  );

  const quantized = explained.filter(({ equals }) => equals === "quantized");
  test.each(quantized.map((network) => [network.file, network] as const))(
    "%s is compared with what it stands for",
    async (_, network) => {
      const { quantized: comparison, dequantized } = await explain(network, paper);
      expect(dequantized).toBe(true);
      expect(comparison?.difference).toBeGreaterThan(0);
      expect(comparison?.difference).toBeLessThan(0.1);
    },
  );

  const refused = manifest.networks.filter(({ equals }) => equals === "refused");
  test.each(refused.map((network) => [network.file, network] as const))(
    "%s is refused",
    async (_, network) => {
      expectRefusal(await refusal(network), network.operation ?? "");
    },
  );
});
