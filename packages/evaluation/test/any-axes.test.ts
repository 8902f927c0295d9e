/** Metrics and data sets of signals and volumes. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InputPort } from "@onnx-lrp/core";
import { gridSizes, parseAxes } from "@onnx-lrp/core/internal";
import { encodeNpy } from "@onnx-lrp/node";
import { presetByName } from "@onnx-lrp/pictures/internal";
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meanColour } from "../src/data/mean-colour.ts";
import { openDataSet } from "../src/data/open.ts";
import { prepareItem } from "../src/data/prepare-item.ts";
import { metrics } from "../src/index.ts";
import { blurred } from "../src/metrics/blur.ts";
import { patchAround } from "../src/metrics/patch-masking.ts";
import { ssim } from "../src/statistics/ssim.ts";
import { readings, single } from "./metric-context.ts";

interface Sizes {
  readonly depth?: number;
  readonly height?: number;
  readonly width: number;
  readonly channels?: number;
}

function portOf(layout: string, { depth = 1, height = 1, width, channels = 1 }: Sizes): InputPort {
  const axes = parseAxes(layout);
  const sizes = { depth, height, width, channels };
  return {
    ...{ name: "image", type: "float32", axes, axesSource: { by: "option", why: "" }, batch: "N" },
    ...{ layout: axes.at(-1) === "C" ? "nhwc" : "nchw", missingAxes: [] },
    ...sizes,
    dims: [{ times: 1 }, ...gridSizes(axes, sizes)],
  };
}

const signal = portOf("NCL", { width: 56 });
const volume = portOf("NCDHW", { depth: 5, height: 6, width: 7 });
const video = portOf("NCDHW", { depth: 4, height: 24, width: 24 });
const places = 5 * 6 * 7;
const none = presetByName("none");

function spec() {
  if (none === undefined) throw new Error("no preset none");
  return none;
}

describe("patches", () => {
  test("are stretches of a signal and cubes of a volume, as much as lies inside", () => {
    expect(patchAround(1, 5, signal)).toEqual({ front: 0, top: 0, left: 0, back: 1, bottom: 1, right: 4 });
    const middle = (2 * 6 + 3) * 7 + 4;
    expect(patchAround(middle, 3, volume)).toEqual({
      front: 1,
      top: 2,
      left: 3,
      back: 4,
      bottom: 5,
      right: 6,
    });
    expect(patchAround(0, 9, volume)).toEqual({ front: 0, top: 0, left: 0, back: 5, bottom: 5, right: 5 });
  });

  test("hide what lies around the strongest place", async () => {
    const map = Array.from({ length: places }, (_, i) => (i === (2 * 6 + 3) * 7 + 4 ? 1 : 0));
    const logits = (x: Float32Array) => [x.reduce((a, b) => a + b, 0) / 50, 0];
    const found = await readings("patch-masking", { image: volume, width: 7, height: 6, map, logits });
    const probability = (sum: number) => 1 / (1 + Math.exp(-sum / 50));
    // Of 9 places along each axis, as many as the volume has: 5 x 6 x 7 around the middle, less what the patch does not reach.
    const hidden = [1, 27, 5 * 5 * 5, 5 * 6 * 6, 5 * 6 * 7];
    for (const [i, { value }] of found.entries()) {
      expect(value).toBeCloseTo(probability(places - (hidden[i] ?? 0)) - probability(places), 6);
    }
  });
});

describe.each([
  ["signal", signal, 56],
  ["volume", volume, places],
  ["video", video, 4 * 24 * 24],
] as const)("%s", (name, image, count) => {
  const input = numbers(seeded(3), count);
  const weights = numbers(seeded(4), count);
  const logits = (x: Float32Array) => [x.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0), 0];
  const given = { image, width: image.width, height: image.height, picture: input, logits };
  const exact = input.map((value, i) => value * (weights[i] ?? 0));

  test("infidelity of a linear network's exact map is zero", async () => {
    expect(await single("infidelity", { ...given, map: exact })).toBeLessThan(1e-9);
    expect(await single("infidelity", { ...given, map: weights })).toBeGreaterThan(1e-3);
  });

  test("deletion falls faster by the exact map than by its opposite, insertion rises faster", async () => {
    // 5 of 224 places: of a few there is nothing to blur.
    const blurs = Math.max(image.depth, image.height, image.width) > 20;
    const area = async (name: string, map: readonly number[]) => {
      const found = await readings(name, { ...given, map });
      expect(found).toHaveLength(51);
      return metrics.get(name)?.headline?.(found) ?? Number.NaN;
    };
    const opposite = exact.map((value) => -value);
    expect(await area("deletion", exact)).toBeLessThan(await area("deletion", opposite));
    if (blurs) expect(await area("insertion", exact)).toBeGreaterThan(await area("insertion", opposite));
  });

  test("sparseness and max-sensitivity give a number", async () => {
    expect(await single("sparseness", { ...given, map: exact })).toBeGreaterThan(0);
    const explain = (x: Float32Array) => Array.from(x, (value, i) => value * (weights[i] ?? 0));
    expect(await single("max-sensitivity", { ...given, map: exact, explain })).toBeGreaterThan(0);
  });

  test("blurring keeps what is the same everywhere, and spreads along every axis", () => {
    const image = name === "signal" ? signal : portOf("NCDHW", { depth: 7, height: 9, width: 8 });
    const count = image.depth * image.height * image.width;
    const constant = new Float32Array(count).fill(3);
    for (const value of blurred(constant, image, 1.5, 3)) expect(value).toBeCloseTo(3, 5);
    const spot = new Float32Array(count);
    const middle =
      Math.floor(image.depth / 2) * image.height * image.width +
      Math.floor(image.height / 2) * image.width +
      Math.floor(image.width / 2);
    spot[middle] = 1;
    const after = blurred(spot, image, 1, 2);
    const steps = [
      [image.width, 1],
      [image.height, image.width],
      [image.depth, image.width * image.height],
    ] as const;
    for (const [size, step] of steps.filter(([length]) => length > 1)) {
      expect(size).toBeGreaterThan(2);
      expect(after[middle + step]).toBeCloseTo((after[middle] ?? 0) * Math.exp(-0.5), 5);
    }
  });

  test("a map is like itself at any scale, and not like another", () => {
    const { depth, height, width } = image;
    const heatmap = (values: readonly number[]) => ({
      depth,
      height,
      width,
      values: Float32Array.from(values),
    });
    const doubled = exact.map((value) => 2 * value);
    expect(ssim(heatmap(exact), heatmap(doubled))).toBeCloseTo(1, 6);
    expect(ssim(heatmap(exact), heatmap(weights))).toBeLessThan(0.9);
  });

  test("hidden places are 0 in every channel", () => {
    expect(meanColour(spec(), { ...image, channels: 12 })).toEqual(new Array(12).fill(0));
  });
});

describe("data sets of array files", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "arrays-"));
    for (const [name, values] of [
      ["0/a.npy", [1, 2, 3, 4]],
      ["1/b.npy", [5, 6, 7, 8]],
    ] as const) {
      await mkdir(join(folder, name, ".."), { recursive: true });
      await writeFile(join(folder, name), encodeNpy(Float32Array.from(values), [1, 4]));
    }
    await writeFile(
      join(folder, "two.npy"),
      encodeNpy(
        Float32Array.from({ length: 8 }, (_, i) => i),
        [2, 1, 4],
      ),
    );
    const list = [
      { file: "1/b.npy", label: 1 },
      { file: "two.npy", label: 0 },
      { file: "0/a.npy", label: 0, boxes: [[0, 0, 1, 1]] },
    ];
    await writeFile(join(folder, "list.json"), JSON.stringify(list));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const classes = { labels: undefined, classes: 2 };
  const line = portOf("NCL", { width: 4 });

  test("a folder for each class", async () => {
    const { items } = await openDataSet(folder, { ...classes, kind: "folders" });
    expect(items.map(({ id, label }) => [id, label])).toEqual([
      ["0/a.npy", 0],
      ["1/b.npy", 1],
    ]);
    const [first] = items;
    if (first === undefined) throw new Error("no item");
    expect([...(await prepareItem(first, spec(), line)).data]).toEqual([1, 2, 3, 4]);
  });

  test("a JSON list; regions count for pictures alone", async () => {
    const { items } = await openDataSet(join(folder, "list.json"), classes);
    const [b, two, a] = items;
    if (b === undefined || two === undefined || a === undefined) throw new Error("no items");
    expect([...(await prepareItem(b, spec(), line)).data]).toEqual([5, 6, 7, 8]);
    await expect(prepareItem(two, spec(), line)).rejects.toThrow(
      "is a batch of 2, and a data set has one label for each file.",
    );
    expect((await prepareItem(a, spec(), line)).inside).toBeUndefined();
    const square = portOf("NCHW", { height: 2, width: 2 });
    await writeFile(join(folder, "0/a.npy"), encodeNpy(Float32Array.from([1, 2, 3, 4]), [2, 2]));
    expect([...((await prepareItem(a, spec(), square)).inside ?? [])]).toEqual([1, 0, 0, 0]);
  });

  test("an array of another shape, and a picture for a signal", async () => {
    const item = { id: "a", path: join(folder, "1/b.npy"), label: 0, region: { kind: "none" } } as const;
    await expect(prepareItem(item, spec(), signal)).rejects.toThrow(
      "the model takes N x 1 x 56, with any N.",
    );
    await expect(prepareItem({ ...item, path: join(folder, "photo.png") }, spec(), signal)).rejects.toThrow(
      'is a picture, and the input "image" takes signals.',
    );
  });
});
