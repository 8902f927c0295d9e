import { expect, test } from "vitest";
import type { Picture } from "../src/picture.ts";
import { mirrored } from "../src/preprocessing/mirror.ts";
import { preprocessPresets } from "../src/preprocessing/preprocess-spec.ts";
import { type PresetTrial, surerPreset, tryPresets } from "../src/self-description/try-presets.ts";

const picture: Picture = { width: 2, height: 1, rgb: Uint8Array.of(255, 0, 51, 0, 102, 204) };
const spec = { ...preprocessPresets.none, fit: "squash" } as const;

/** Scores of 20 classes: noise, and one that stands out by `height`. */
function logits(index: number, height: number, factor = 1): Float32Array {
  return Float32Array.from(
    { length: 20 },
    (_, i) => factor * (Math.sin(i * 7.3) + (i === index ? height : 0)),
  );
}

function softmax(values: Float32Array): Float64Array {
  const most = Math.max(...values);
  const powers = Float64Array.from(values, (value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const scored = (values: Float32Array) => ({ logits: values, probabilities: softmax(values) });

test("a mirrored picture has left and right exchanged", () => {
  const { rgb, alpha } = mirrored({ ...picture, alpha: Uint8Array.of(1, 2) });
  expect([...rgb, ...(alpha ?? [])]).toEqual([0, 102, 204, 255, 0, 51, 2, 1]);
});

test("every preset that fits the channels is asked about the picture and its mirror image", async () => {
  const asked: number[][] = [];
  const score = async (inputs: readonly Float32Array[]) => {
    asked.push(...inputs.map((input) => [...input]));
    return inputs.map(() => scored(logits(3, 9)));
  };
  const shape = { width: 2, height: 1, channels: 3, layout: "nhwc" } as const;
  const trials = await tryPresets(picture, spec, shape, score);
  expect(trials.map(({ preset }) => preset)).toEqual(["imagenet", "caffe", "tf", "unit", "none"]);
  expect(asked).toHaveLength(10);
  expect(asked.slice(8)).toEqual([
    [255, 0, 51, 0, 102, 204],
    [0, 102, 204, 255, 0, 51],
  ]);
  expect(trials[0]).toMatchObject({ class: 3 });
  expect(trials[0]?.probability).toBeGreaterThan(0.99);

  const grey = await tryPresets(picture, spec, { ...shape, channels: 1 }, score);
  expect(grey.map(({ preset }) => preset)).toEqual(["tf", "unit", "none"]);
});

/** A network's answers by the largest number of its input: bytes, or numbers near one. */
async function trialsOf(forBytes: Float32Array, forBelowOne: Float32Array, forOthers: Float32Array) {
  const shape = { width: 2, height: 1, channels: 3, layout: "nchw" } as const;
  return tryPresets(picture, spec, shape, async (inputs) =>
    inputs.map((input) => {
      const largest = Math.max(...input);
      return scored(
        largest > 3 ? forBytes : largest <= 1 && Math.min(...input) >= 0 ? forBelowOne : forOthers,
      );
    }),
  );
}

test("a preset under which the network is much surer of another class is found", async () => {
  const trials = await trialsOf(logits(1, 1), logits(5, 9), logits(2, 1));
  const found = surerPreset(trials, "imagenet", 20);
  expect([found?.now.class, found?.surer.preset, found?.surer.class]).toEqual([2, "unit", 5]);
  expect(surerPreset(trials, "unit", 20)).toBeUndefined();
});

test("numbers that are too large make no network surer", async () => {
  const trials = await trialsOf(logits(1, 1.5, 100), logits(5, 1.5), logits(2, 3));
  const byName = new Map(trials.map((trial) => [trial.preset, trial]));
  expect(byName.get("none")?.probability).toBeGreaterThan(0.999);
  expect(surerPreset(trials, "imagenet", 20)).toBeUndefined();
});

test("nothing is said of the same class, of a few classes, or of a preprocessing that is no preset", async () => {
  const trials = await trialsOf(logits(1, 1), logits(5, 9), logits(2, 1));
  const same = trials.map((trial): PresetTrial => ({ ...trial, class: 5 }));
  expect(surerPreset(same, "imagenet", 20)).toBeUndefined();
  expect(surerPreset(trials, "imagenet", 5)).toBeUndefined();
  expect(surerPreset(trials, "own", 20)).toBeUndefined();
});
