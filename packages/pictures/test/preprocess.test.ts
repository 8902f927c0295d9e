import { describe, expect, test } from "vitest";
import type { Picture } from "../src/picture.ts";
import { type InputShape, pixelBounds, placementOf, preprocess } from "../src/preprocessing/preprocess.ts";
import {
  type Preprocess,
  type PresetName,
  parsePreprocess,
  preprocessPresets,
} from "../src/preprocessing/preprocess-spec.ts";

const nchw = (width: number, height: number): InputShape => ({ width, height, channels: 3, layout: "nchw" });

/** Two pixels, left to right. */
const pair: Picture = { width: 2, height: 1, rgb: Uint8Array.of(255, 0, 51, 0, 102, 204) };

function preset(name: PresetName): Preprocess {
  return { ...preprocessPresets[name], cropRatio: 1 };
}

function rounded(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Math.round(value * 1e4) / 1e4 + 0);
}

describe("numbers by hand", () => {
  test.each<[PresetName, number[]]>([
    ["none", [255, 0, 0, 102, 51, 204]],
    ["unit", [1, 0, 0, 0.4, 0.2, 0.8]],
    ["tf", [1, -1, -1, -0.2, -0.6, 0.6]],
    ["caffe", [-52.939, 100.061, -116.779, -14.779, 131.32, -123.68]],
    ["imagenet", [2.2489, -2.1179, -2.0357, -0.25, -0.9156, 1.7511]],
  ])("%s", (name, wanted) => {
    expect(rounded(preprocess(pair, preset(name), nchw(2, 1)).data)).toEqual(wanted);
  });

  test("channels last", () => {
    const { data } = preprocess(pair, preset("none"), { ...nchw(2, 1), layout: "nhwc" });
    expect([...data]).toEqual([...pair.rgb]);
  });

  test("one channel is luma, and the picture shown keeps its colours", () => {
    const { data, shown } = preprocess(pair, preset("none"), { ...nchw(2, 1), channels: 1 });
    expect([...data]).toEqual([82, 83]);
    expect(shown).toEqual(pair);
  });
});

describe("transparency", () => {
  const picture: Picture = {
    width: 4,
    height: 2,
    rgb: Uint8Array.of(
      ...[200, 100, 50, 200, 100, 50, 10, 250, 30, 0, 0, 255],
      ...[255, 255, 255, 7, 77, 177, 90, 80, 70, 1, 2, 3],
    ),
    alpha: Uint8Array.of(0, 128, 255, 37, 1, 200, 60, 4),
  };
  const four = (width: number, height: number): InputShape => ({
    ...{ width, height, channels: 4, layout: "nhwc" },
  });
  const squash: Preprocess = { ...preset("none"), fit: "squash" };

  test.each([
    [2, 2, [123, 159, 42, 91, 33, 203, 57, 143, 16, 77, 166, 95, 45, 77, 122, 56]],
    [
      ...[6, 3],
      [
        ...[0, 0, 0, 0, 199, 99, 51, 64, 145, 142, 44, 149, 27, 236, 31, 234, 8, 218, 59, 146, 0, 0, 255, 37],
        ...[255, 255, 255, 1, 82, 86, 129, 83, 73, 106, 112, 163, 35, 195, 52, 159, 22, 194, 60, 89, 0, 0],
        ...[230, 21, 255, 255, 255, 1, 7, 78, 176, 101, 11, 76, 170, 177, 55, 79, 113, 83, 87, 79, 63, 32],
        ...[0, 0, 0, 4],
      ],
    ],
  ] as const)("four channels at %i x %i are those that PIL 12.3 resizes RGBA to", (width, height, wanted) => {
    expect([...preprocess(picture, squash, four(width, height)).data]).toEqual(wanted);
  });

  test("a picture without it is opaque, and three channels have the hidden colours", () => {
    const { data } = preprocess({ ...picture, alpha: undefined }, squash, four(4, 2));
    expect([...data].filter((_, i) => i % 4 === 3)).toEqual(new Array(8).fill(255));
    expect([...preprocess(picture, squash, { ...four(4, 2), channels: 3 }).data]).toEqual([...picture.rgb]);
  });

  test("preprocessings of three numbers do not fit", () => {
    expect(() => pixelBounds(preset("imagenet"), 4)).toThrow(/3 numbers under "std", and the model takes 4/);
    expect(pixelBounds(preset("unit"), 4)).toEqual({ low: [0, 0, 0, 0], high: [1, 1, 1, 1] });
  });
});

describe("resizing", () => {
  /** Grey columns 0, 10, 20, … */
  const stripes = (width: number, height: number): Picture => ({
    width,
    height,
    rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.floor(i / 3) % width) * 10),
  });
  const firstRow = ({ width, rgb }: Picture) => Array.from({ length: width }, (_, x) => rgb[x * 3]);

  test("crop cuts the centre out, squash keeps the whole", () => {
    const spec = preset("none");
    const wide = stripes(6, 2);
    expect(firstRow(preprocess(wide, spec, nchw(2, 2)).shown)).toEqual([20, 30]);
    const squashed = preprocess(wide, { ...spec, fit: "squash" }, nchw(2, 2)).shown;
    expect([squashed.width, squashed.height]).toEqual([2, 2]);
    // A triangle of reach 3 around 1.5 weighs columns 0 to 3 by (2, 3, 2, 1) / 8: 12.5, and its mirror 37.5.
    expect(firstRow(squashed)).toEqual([13, 38]);
  });

  test("the crop ratio shows a smaller part", () => {
    const spec = { ...preset("none"), cropRatio: 0.5 };
    expect(firstRow(preprocess(stripes(8, 8), spec, nchw(4, 4)).shown)).toEqual([20, 30, 40, 50]);
  });

  test("padding shows the whole picture between margins", () => {
    const spec = { ...preset("none"), fit: "pad", padValue: 7 } as const;
    const { shown, data } = preprocess(stripes(4, 2), spec, nchw(4, 5));
    expect([shown.width, shown.height]).toEqual([4, 5]);
    // Of three rows of margin the odd one lies below.
    const rows = [0, 1, 2, 3, 4].map((y) => [...data.subarray(y * 4, y * 4 + 4)]);
    const [margin, row] = [new Array(4).fill(7), [0, 10, 20, 30]];
    expect(rows).toEqual([margin, row, row, margin, margin]);
    expect(firstRow(preprocess(stripes(2, 4), spec, nchw(5, 4)).shown)).toEqual([7, 0, 10, 7, 7]);
    expect(placementOf({ width: 640, height: 480 }, spec, { width: 224, height: 224 })).toEqual({
      ...{ width: 224, height: 168, left: 0, top: -28 },
    });
  });

  test("any aspect fits any network", () => {
    const spec = preprocessPresets.imagenet;
    for (const [width, height] of [
      [1, 1],
      [1, 5000],
      [5000, 1],
      [3, 7],
    ] as const) {
      const { shown, data } = preprocess(stripes(width, height), spec, nchw(20, 8));
      expect([shown.width, shown.height, data.length]).toEqual([20, 8, 480]);
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });
});

test("bounds are the numbers of black and white, low below high", () => {
  const { low, high } = pixelBounds(preset("imagenet"), 3);
  expect(rounded(low)).toEqual([-2.1179, -2.0357, -1.8044]);
  expect(rounded(high)).toEqual([2.2489, 2.4286, 2.64]);
  expect(pixelBounds(preset("tf"), 1)).toEqual({ low: [-1], high: [1] });
  const inverted = { ...preset("unit"), mean: [1], std: [-1] };
  expect(rounded(pixelBounds(inverted, 1).low)).toEqual([0]);
  expect(pixelBounds(inverted, 1).high).toEqual([1]);
});

test("colour means do not fit a grey network", () => {
  const spec = preset("imagenet");
  expect(() => pixelBounds(spec, 1)).toThrow(
    /"imagenet" has 3 numbers under "std", and the model takes one channel/,
  );
  expect(() => preprocess(pair, spec, { ...nchw(2, 1), channels: 1 })).toThrow(/one channel/);
});

describe("preprocessing files", () => {
  const good = { scale: 0.5, mean: [1, 2, 3], std: 4 };

  test("what is left out has a default", () => {
    expect(parsePreprocess(JSON.stringify(good), "own.json")).toEqual({
      name: "own.json",
      fit: "crop",
      cropRatio: 0.875,
      scale: 0.5,
      mean: [1, 2, 3],
      std: [4],
      order: "rgb",
    });
  });

  test("presets survive as files", () => {
    for (const [name, spec] of Object.entries(preprocessPresets)) {
      expect(parsePreprocess(JSON.stringify(spec), name)).toEqual(spec);
    }
  });

  test.each([
    [{ ...good, scale: "1" }, '"scale" must be a number; it is "1"'],
    [{ ...good, scale: 0 }, '"scale" must not be 0'],
    [{ mean: 0, std: 1 }, '"scale" must be a number; it is missing'],
    [{ ...good, mean: [] }, '"mean" must be a number or a list of numbers, one for each channel; it is []'],
    [{ ...good, std: [1, 0, 1] }, '"std" must not contain 0'],
    [{ ...good, fit: "fill" }, '"fit" must be "crop" or "squash" or "pad"; it is "fill"'],
    [{ ...good, interpolation: "nearest" }, '"interpolation" must be "bilinear" or "bicubic" or "lanczos"'],
    [{ ...good, padValue: 256 }, '"padValue" must be a byte'],
    [{ ...good, order: null, cropRatio: 2 }, '"cropRatio" must be above 0'],
    [{ ...good, name: 1 }, '"name" must be a string'],
    [{ ...good, means: 1 }, '"means" is not a field'],
    [[good], "there is no object"],
  ])("%j", (json, message) => {
    expect(() => parsePreprocess(JSON.stringify(json), "own.json")).toThrow(message);
    expect(() => parsePreprocess(JSON.stringify(json), "own.json")).toThrow('"own.json"');
  });
});
