import type { Heatmap } from "@onnx-lrp/core";
import sharp from "sharp";
import { expect, test } from "vitest";
import { type Comparison, type ComparisonCell, renderComparison } from "../src/index.ts";

const side = 32;
const shown = { width: side, height: side, rgb: new Uint8Array(side * side * 3).fill(90) };
const input = { kind: "picture", picture: shown } as const;
/** From -0.5 on the left to 0.5 on the right, times the factor. */
const ramp = (factor = 1, width = side, height = side): Heatmap => ({
  width,
  height,
  values: Float32Array.from({ length: width * height }, (_, i) => factor * ((i % width) / width - 0.5)),
});
const map = (heatmap: Heatmap): ComparisonCell => ({ kind: "map", heatmap });
const refused: ComparisonCell = { kind: "refused", reason: "It needs a global average pool. ".repeat(40) };

function comparison(rows: readonly (readonly ComparisonCell[])[]): Comparison {
  const targets = rows.map((cells, i) => ({ label: `class ${i}`, probability: 0.5, cells }));
  return {
    methods: (rows[0] ?? []).map((_, i) => ({ name: `method-${i}` })),
    networks: [{ name: "", pictures: [{ name: "p.png", input, targets }] }],
  };
}

async function pixels(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  return { width: info.width, height: info.height, at };
}

/** The columns of a line of pixels in which a tile stands, between white gaps. */
function stretches(at: (x: number, y: number) => number[], width: number, y: number): [number, number][] {
  const found: [number, number][] = [];
  for (let x = 0; x < width; x++) {
    if (at(x, y).every((v) => v === 255)) continue;
    const last = found.at(-1);
    if (last && last[1] === x - 1) last[1] = x;
    else found.push([x, x]);
  }
  return found;
}

test("a picture and a tile for each method stand in a row, with even gaps", async () => {
  const png = await renderComparison(comparison([[map(ramp()), map(ramp()), refused]]), { view: "map" });
  const { at, width, height } = await pixels(png);
  const tiles = stretches(at, width, Math.floor(height * 0.4));
  // With a frame of a pixel around them, but for the refusal.
  expect(tiles.map(([from, to]) => to - from + 1)).toEqual([302, 302, 302, 300]);
  const [picture, first, , last] = tiles.map(([from]) => from);
  expect([picture, first, last]).toEqual([35, 35 + 314, 36 + 3 * 314]);
  expect(width).toBe(2 * 36 + 4 * 314 - 14);
  const y = Math.floor(height * 0.4);
  expect(at(36 + 150, y)).toEqual([90, 90, 90]);
  const [left = [], right = []] = [at(36 + 314 + 4, y), at(36 + 314 + 295, y)];
  expect(left[2]).toBeGreaterThan((left[0] ?? 0) + 100);
  expect(right[0]).toBeGreaterThan((right[2] ?? 0) + 100);
  expect(at(36 + 3 * 314 + 3, y)).toEqual([0xf1, 0xf2, 0xf4]);
});

test("more than nine methods stand in several rows of about as many", async () => {
  const of = async (count: number) =>
    await pixels(await renderComparison(comparison([Array.from({ length: count }, () => map(ramp()))])));
  const [nine, ten, many] = [await of(9), await of(10), await of(25)];
  expect(nine.width).toBeLessThanOrEqual(1900);
  expect(ten.height).toBeGreaterThan(1.5 * nine.height);
  expect(ten.width).toBeLessThanOrEqual(1900);
  expect(many.width).toBe(nine.width);
  expect(many.height).toBeGreaterThan(2.2 * nine.height);
});

test("targets, pictures and networks add rows; words add none to the width", async () => {
  const one = comparison([[map(ramp())]]);
  const [network] = one.networks;
  const sizeOf = async (each: Comparison) => await pixels(await renderComparison(each));
  const single = await sizeOf(one);
  expect((await sizeOf(comparison([[map(ramp())], [map(ramp())]]))).height).toBeGreaterThan(
    single.height + 300,
  );
  const networks = network ? [network, { ...network, name: "other", note: "a note", costs: ["1 s"] }] : [];
  expect((await sizeOf({ ...one, networks })).height).toBeGreaterThan(single.height + 300);
  const words = '<b>&amp; "quoted" </svg> \u0000 é жук 中文 '.repeat(30);
  const full = await sizeOf({
    title: words,
    caption: words,
    methods: [{ name: "x".repeat(300), summary: words }],
    networks: [
      {
        name: words,
        note: words,
        costs: [words],
        pictures: [{ name: words, input, targets: [{ label: words, cells: [refused] }] }],
      },
    ],
  });
  expect(full.width).toBe(single.width);
  for (let y = 0; y < full.height; y += 3) {
    expect(full.at(10, y)).toEqual([255, 255, 255]);
    expect(full.at(full.width - 10, y)).toEqual([255, 255, 255]);
  }
});

test("a range of the row pales the weaker map, and a refusal does not disturb it", async () => {
  const rows = comparison([[map(ramp()), map(ramp(0.1)), refused]]);
  const redAt = async (scale: "each" | "row") => {
    const { at, height } = await pixels(await renderComparison(rows, { view: "map", scale }));
    return at(36 + 2 * 314 + 2, Math.floor(height * 0.4))[0];
  };
  expect(await redAt("each")).toBeLessThan(100);
  expect(await redAt("row")).toBeGreaterThan(200);
});

test("a picture higher than its drawing's layers keeps all its words", async () => {
  const rows = Array.from({ length: 14 }, () => [map(ramp())]);
  const { at, height } = await pixels(await renderComparison(comparison(rows)));
  expect(height).toBeGreaterThan(4096);
  // Each row's words stand in the first column, below its picture: dark pixels in as many places as there are rows.
  let places = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let y = 0; y < height - 150; y++) {
    const dark = Array.from({ length: 60 }, (_, i) => at(36 + i, y)).some((rgb) => (rgb[0] ?? 255) < 60);
    if (dark && y - last > 100) places += 1;
    if (dark) last = y;
  }
  expect(places).toBe(rows.length);
});

test("pictures of any shape, and maps without relevance", async () => {
  for (const [width, height] of [
    [8, 200],
    [600, 30],
    [1, 1],
  ] as const) {
    const empty = { width, height, values: new Float32Array(width * height) };
    const picture = { width, height, rgb: new Uint8Array(width * height * 3) };
    const targets = [{ label: "a", cells: [map(empty), refused] }];
    const odd: Comparison = {
      methods: [{ name: "a" }, { name: "b" }],
      networks: [{ name: "n", pictures: [{ name: "p", input: { kind: "picture", picture }, targets }] }],
    };
    for (const view of ["overlay", "map"] as const) {
      await expect(renderComparison(odd, { view })).resolves.toBeInstanceOf(Uint8Array);
    }
  }
});

test("what does not fit together is said", async () => {
  await expect(renderComparison({ methods: [], networks: [] })).rejects.toThrow("needs a method");
  await expect(renderComparison({ methods: [{ name: "a" }], networks: [] })).rejects.toThrow(
    "needs a picture",
  );
  const uneven = { ...comparison([[map(ramp())]]), methods: [{ name: "a" }, { name: "b" }] };
  await expect(renderComparison(uneven)).rejects.toThrow('"class 0" in "p.png" has 1 maps for 2 methods');
  await expect(renderComparison(comparison([[map(ramp(1, 16, 16))]]))).rejects.toThrow("16 x 16 map");
});

test("the same comparison is the same bytes", async () => {
  const rows = comparison([[map(ramp()), refused]]);
  expect(await renderComparison(rows)).toEqual(await renderComparison(rows));
});
