/** Regions under the preprocessing, pictures as the network takes them, and the colour that hides pixels. */
import { join } from "node:path";
import type { InputPort } from "@onnx-lrp/core";
import {
  imagenetLabels,
  type Preprocess,
  type PresetName,
  preprocess,
  preprocessPresets,
} from "@onnx-lrp/pictures";
import { placementOf } from "@onnx-lrp/pictures/internal";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanColour } from "../src/data/mean-colour.ts";
import { openDataSet } from "../src/data/open.ts";
import { prepareItem } from "../src/data/prepare-item.ts";
import { placeRegion } from "../src/data/region.ts";
import type { Box, Region } from "../src/types.ts";
import { folderWith, greyPng, sharedPath, testWithShared } from "./data-files.ts";

const preset = (name: PresetName, changes: Partial<Preprocess> = {}): Preprocess => ({
  ...preprocessPresets[name],
  ...changes,
});
const squash = preset("unit", { fit: "squash" });

const input = (width: number, height: number, channels = 3): InputPort => ({
  name: "image",
  type: "float32",
  layout: "nchw",
  batch: "N",
  missingAxes: [],
  axes: ["N", "C", "H", "W"],
  axesSource: { by: "sizes", why: "" },
  depth: 1,
  dims: [{ times: 1 }, channels, height, width],
  width,
  height,
  channels,
});

const box = (left: number, top: number, right: number, bottom: number): Box => ({ left, top, right, bottom });
const boxes = (...list: Box[]): Region => ({ kind: "boxes", boxes: list });

/** Rows of 0 and 1. */
async function rows(region: Region, spec: Preprocess, size: InputPort, width: number, height: number) {
  const inside = await placeRegion({ path: "a.png", region }, spec, size, { width, height });
  return inside && Array.from({ length: size.height }, (_, y) => rowOf(inside, size.width, y));
}

function rowOf(inside: Uint8Array, width: number, y: number): string {
  return inside.subarray(y * width, (y + 1) * width).join("");
}

describe("boxes by hand", () => {
  test("squash: 10 x 8 to 5 x 4, centres at 1, 3, 5, 7, 9", async () => {
    const at = (...list: Box[]) => rows(boxes(...list), squash, input(5, 4), 10, 8);
    expect(await at(box(2, 2, 6, 6))).toEqual(["00000", "01100", "01100", "00000"]);
    // Near edges belong to the box, far ones do not.
    expect(await at(box(3, 1, 7, 3))).toEqual(["01100", "00000", "00000", "00000"]);
    expect(await at(box(0, 0, 1, 8), box(8, 6, 10, 8))).toEqual(["00000", "00000", "00000", "00001"]);
    // Smaller than a pixel, and between two centres.
    expect(await at(box(1.5, 1.5, 2.5, 2.5))).toEqual(["00000", "00000", "00000", "00000"]);
    expect(await at(box(-5, -5, 50, 2))).toEqual(["11111", "00000", "00000", "00000"]);
  });

  test("resize and crop: 40 x 20 to a height of 8, of whose 16 columns the middle 7 are seen", async () => {
    // 7 / 0.875 = 8; the margins are 9 and 1, whose even halves are 4 and 0. A column is 2.5 pixels: centres at
    // 11.25, 13.75, 16.25, 18.75, 21.25, 23.75, 26.25; a row 2.5 too: 1.25, 3.75, 6.25, 8.75, …
    const spec = preset("unit");
    expect(placementOf({ width: 40, height: 20 }, spec, { width: 7, height: 7 })).toEqual({
      width: 16,
      height: 8,
      left: 4,
      top: 0,
    });
    const at = (region: Box) => rows(boxes(region), spec, input(7, 7), 40, 20);
    expect(await at(box(12, 2, 19, 9))).toEqual([
      "0000000",
      "0111000",
      "0111000",
      "0111000",
      "0000000",
      "0000000",
      "0000000",
    ]);
    // The margins that the crop cuts off.
    expect(await at(box(0, 0, 11, 20))).toEqual(new Array(7).fill("0000000"));
    expect(await at(box(26, 0, 40, 20))).toEqual(new Array(7).fill("0000001"));
  });

  test("enlarging: 3 x 3 to 6 x 6", async () => {
    expect(await rows(boxes(box(1, 0, 2, 1)), squash, input(6, 6), 3, 3)).toEqual([
      "001100",
      "001100",
      "000000",
      "000000",
      "000000",
      "000000",
    ]);
  });

  test("no region is known", async () => {
    expect(await rows({ kind: "none" }, squash, input(5, 4), 10, 8)).toBeUndefined();
  });
});

describe("masks", () => {
  test("the pixel under the centre counts, whatever its grey", async () => {
    const folder = await folderWith({ "m.png": greyPng(6, 3, (x, y) => (y === 1 && x >= 3 ? x : 0)) });
    const region: Region = { kind: "mask-file", path: join(folder, "m.png") };
    expect(await rows(region, squash, input(6, 3), 6, 3)).toEqual(["000000", "000111", "000000"]);
    expect(await rows(region, squash, input(3, 1), 6, 3)).toEqual(["011"]);
    // Columns 1 to 4 of a picture two input pixels wide: a crop of the middle, 1.5 pixels each.
    expect(await rows(region, preset("unit", { cropRatio: 1 }), input(3, 3), 6, 3)).toEqual([
      "000",
      "011",
      "000",
    ]);
  });

  test("must be there and of the picture's size", async () => {
    const folder = await folderWith({ "m.png": greyPng(6, 3) });
    const at = (name: string, width: number) =>
      rows({ kind: "mask-file", path: join(folder, name) }, squash, input(3, 1), width, 3);
    await expect(at("m.png", 5)).rejects.toThrow(
      /mask ".*m\.png" has 6 x 3 pixels, but its picture "a\.png" has 5 x 3/,
    );
    await expect(at("no.png", 6)).rejects.toMatchObject({ kind: "input" });
  });
});

describe("properties", () => {
  const side = fc.integer({ min: 1, max: 60 });
  const edge = fc.integer({ min: -5, max: 65 });
  const specs = fc.oneof(
    fc.constant(squash),
    fc.double({ min: 0.3, max: 1, noNaN: true }).map((cropRatio) => preset("unit", { cropRatio })),
  );

  test("a box over the whole picture is inside everywhere", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, side, side, specs, async (width, height, w, h, spec) => {
        const region = boxes(box(0, 0, width, height));
        const inside = await placeRegion({ path: "", region }, spec, input(w, h), { width, height });
        expect(inside?.every((value) => value === 1)).toBe(true);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("placing commutes with mirroring where the crop's margins are equal", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, side, specs, edge, edge, async (width, height, w, spec, a, b) => {
        const image = input(w, w);
        const size = { width, height };
        const placement = placementOf(size, spec, image);
        fc.pre(placement.width - w === 2 * placement.left);
        // Edges where no centre lies: an edge belongs to one side only.
        const [left, right] = [Math.min(a, b) + Math.SQRT2 / 3, Math.max(a, b) + Math.SQRT2];
        const place = (region: Box) => rows(boxes(region), spec, image, width, height);
        const mirrored = await place(box(width - right, 0, width - left, height));
        const straight = await place(box(left, 0, right, height));
        expect(mirrored).toEqual(straight?.map((row) => [...row].reverse().join("")));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("pixels and regions agree: what is inside a box is what a picture of the box shows", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, specs, edge, edge, async (width, w, spec, a, b) => {
        const [left, right] = [Math.min(a, b), Math.max(a, b) + 1];
        const size = { width, height: width };
        const rgb = Uint8Array.from({ length: 3 * width * width }, (_, i) => {
          const x = Math.floor(i / 3) % width;
          return x >= left && x < right ? 255 : 0;
        });
        const { shown } = preprocess({ ...size, rgb }, spec, {
          ...size,
          width: w,
          height: w,
          channels: 3,
          layout: "nchw",
        });
        const row =
          (await rows(boxes(box(left, 0, right, width)), spec, input(w, w), width, width))?.[0] ?? "";
        for (let x = 0; x < w; x++) {
          // Where the picture is plain white or black around the centre.
          if (shown.rgb[3 * x] === 255) expect(row[x], `${x}`).toBe("1");
          if (shown.rgb[3 * x] === 0) expect(row[x], `${x}`).toBe("0");
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe("prepared items", () => {
  test("have the picture's numbers and its region", async () => {
    const folder = await folderWith({ "a.png": greyPng(4, 2, (x) => x * 51) });
    const item = { id: "a", path: join(folder, "a.png"), label: 0, region: boxes(box(2, 0, 4, 2)) };
    const { data, inside } = await prepareItem(item, squash, input(4, 2, 1));
    expect([...data].map((value) => Math.round(value * 5))).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect(inside?.join("")).toBe("00110011");
    expect(await prepareItem(item, squash, input(4, 2, 1))).toEqual({ item, data, inside });
  });

  test("of damaged pictures are an error of the input", async () => {
    const png = greyPng(40, 40, (x, y) => (x * y) % 256);
    const folder = await folderWith({
      "half.png": png.subarray(0, png.length / 2),
      "text.png": "no picture",
    });
    for (const name of ["half.png", "text.png", "missing.png"]) {
      const item = { id: name, path: join(folder, name), label: 0, region: { kind: "none" } as const };
      await expect(prepareItem(item, squash, input(4, 2))).rejects.toMatchObject({ kind: "input" });
    }
    const item = { id: "a", path: "a", label: 0, region: { kind: "none" } as const };
    await expect(prepareItem(item, squash, input(4, 2, 4))).rejects.toThrow(/"image" has 4 channels/);
  });

  testWithShared("of ImageNet have regions as large as its boxes", async () => {
    const { items } = await openDataSet(sharedPath("imagenet-val"), {
      labels: imagenetLabels,
      classes: 1000,
    });
    const shares = [];
    for (const item of items) {
      const inside = await placeRegion(item, preset("imagenet"), input(224, 224), {
        width: 227,
        height: 227,
      });
      if (inside === undefined) throw new Error(`${item.id} has no region`);
      shares.push(inside.reduce((sum, value) => sum + value, 0) / (224 * 224));
    }
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    expect(shares).toHaveLength(400);
    // 0.6043 by a raster of a tenth of a pixel over the boxes and the crop; one object lies in what the crop cuts off.
    expect(mean).toBeCloseTo(0.6043, 2);
    expect(shares.filter((share) => share === 0)).toHaveLength(1);
    const [first] = items;
    if (first === undefined) throw new Error("no item");
    const { data, inside } = await prepareItem(first, preset("imagenet"), input(224, 224));
    // 227 pixels become 256, of which 16 fall away on each side: the box from 37.68 to 190.23 covers columns
    // 37.68 * 256 / 227 - 16 = 26.49 to 198.53, rows 43.41 to 212.12.
    expect(data).toHaveLength(3 * 224 * 224);
    const [left, right, top, bottom] = [26, 199, 43, 212];
    const wanted = Array.from({ length: 224 * 224 }, (_, i) => {
      const [x, y] = [i % 224, Math.floor(i / 224)];
      return x >= left && x < right && y >= top && y < bottom ? 1 : 0;
    });
    expect(inside?.join("")).toBe(wanted.join(""));
  });
});

describe("the mean colour", () => {
  const rounded = (values: readonly number[]) => values.map((value) => Math.round(value * 1e4) / 1e4 + 0);
  const colour = (spec: Preprocess, channels = 3) => rounded(meanColour(spec, input(4, 4, channels)));

  test.each<[PresetName, number[]]>([
    ["imagenet", [0, 0, 0]],
    ["caffe", [0, 0, 0]],
    ["unit", [0.485, 0.456, 0.406]],
    ["none", [123.675, 116.28, 103.53]],
    ["tf", [-0.03, -0.088, -0.188]],
  ])("%s", (name, wanted) => {
    expect(colour(preset(name))).toEqual(wanted);
  });

  test("grey, another order of channels, a mean of half the range, a mean of its own", () => {
    // 0.299 * 0.485 + 0.587 * 0.456 + 0.114 * 0.406
    expect(colour(preset("unit"), 1)).toEqual([0.459]);
    expect(colour(preset("none", { order: "bgr" }))).toEqual([103.53, 116.28, 123.675]);
    expect(colour(preset("unit", { mean: [0.5, 0.5, 0.5], std: [0.25] }))).toEqual([-0.06, -0.176, -0.376]);
    expect(colour(preset("unit", { mean: [0.1307], std: [0.3081] }), 1)).toEqual([0]);
    expect(() => colour(preset("imagenet"), 1)).toThrow(/one channel/);
  });
});
