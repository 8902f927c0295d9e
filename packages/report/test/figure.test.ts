import { fileURLToPath } from "node:url";
import type { Heatmap } from "@onnx-lrp/core";
import sharp from "sharp";
import { expect, test } from "vitest";
import { drawPng, encodePng } from "../src/canvas.ts";
import { type FigureExplanation, renderFigure, renderHeatmap } from "../src/index.ts";

const side = 32;
const picture = { width: side, height: side, rgb: new Uint8Array(side * side * 3).fill(90) };
const heatmap: Heatmap = {
  width: side,
  height: side,
  values: Float32Array.from({ length: side * side }, (_, i) => (i % side) / side - 0.5),
};
const target = (label: string): FigureExplanation => ({ heatmap, label, probability: 0.0199 });

async function pixels(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  return { width: info.width, height: info.height, channels: info.channels, at };
}

async function sizeOf(explanations: FigureExplanation[], more: { title?: string; caption?: string } = {}) {
  const { width, height, channels } = await pixels(
    await renderFigure({ input: { kind: "picture", picture }, explanations, ...more }),
  );
  expect(channels).toBe(3);
  return { width, height };
}

test("the input and each target have a column, and columns wrap where that leaves the fewest places empty", async () => {
  const tile = 384;
  const widths = await Promise.all(
    ["a", "ab", "abcd", "abcde", "abcdefg"].map(async (labels) => {
      const { width } = await sizeOf([...labels].map(target));
      return (width - 2 * 36 + 28) / (tile + 28);
    }),
  );
  expect(widths).toEqual([2, 3, 5, 3, 4]);
  const [one, five] = [await sizeOf([target("a")]), await sizeOf([..."abcde"].map(target))];
  expect(one.height).toBeGreaterThan(2 * tile);
  expect(five.height).toBeGreaterThan(4 * tile);
  expect(five.height).toBeLessThan(2 * one.height);
});

test("a title adds height, a caption stands under the input, and what the network predicts as well", async () => {
  const bare = await sizeOf([target("a")]);
  const titled = await sizeOf([target("a")], { title: "A title" });
  const long = await sizeOf([target("a")], { caption: "So many words. ".repeat(80) });
  expect(titled.height).toBeGreaterThan(bare.height);
  expect(long.height).toBeGreaterThan(bare.height);
  expect(new Set([bare, titled, long].map(({ width }) => width)).size).toBe(1);
  const options = { input: { kind: "picture", picture } as const, explanations: [target("a")] };
  const [without, withBars] = await Promise.all(
    [[], [{ label: "zebra", probability: 1 }]].map(async (predictions) =>
      pixels(await renderFigure({ ...options, predictions })),
    ),
  );
  const inBar = [36 + 384 - 80, 36 + 36 + 384 + 16 + 24 + 11] as const;
  expect(without?.at(...inBar)[0]).toBeGreaterThan(240);
  expect(withBars?.at(...inBar)[0]).toBeLessThan(200);
});

/** Within what a palette of 256 colours and its dithering may change. */
function near(colour: readonly number[], wanted: readonly number[], off = 8): void {
  colour.forEach((value, c) => {
    expect(Math.abs(value - (wanted[c] ?? 0))).toBeLessThanOrEqual(off);
  });
}

test("input, overlay and map lie where they should", async () => {
  const { at, height, width } = await pixels(
    await renderFigure({ input: { kind: "picture", picture }, explanations: [target("zebra")] }),
  );
  const y = 36 + 36 + 190;
  near(at(36 + 190, y), [90, 90, 90]);
  for (const top of [y, y + 384 + 16]) {
    const [left, right] = [at(36 + 412 + 5, top), at(36 + 412 + 378, top)];
    expect(left[2]).toBeGreaterThan((left[0] ?? 0) + 100);
    expect(right[0]).toBeGreaterThan((right[2] ?? 0) + 100);
  }
  for (const corner of [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)]) {
    expect(corner).toEqual([255, 255, 255]);
  }
});

/** A ramp from 0 on the left to 1 on the right, as an enlarged activation map has them. */
const patch: Heatmap = { ...heatmap, values: heatmap.values.map((_, i) => (i % side) / (side - 1)) };

test("a coarse map covers the picture the more the larger its value is, with lines at 50 % and 80 %", async () => {
  const { at } = await pixels(
    await renderFigure({
      input: { kind: "picture", picture },
      explanations: [{ heatmap: patch, label: "cam", probability: 0.9 }],
    }),
  );
  const zoom = 384 / side;
  const [left, y] = [36 + 412, 36 + 36 + 190];
  const colourAt = (share: number) => at(Math.round(left + (share * (side - 1) + 0.5) * zoom), y);
  const redness = (share: number) => (colourAt(share)[0] ?? 0) - (colourAt(share)[2] ?? 0);
  const shares = [0.05, 0.2, 0.35, 0.65, 0.95].map(redness);
  for (const [i, red] of shares.entries()) if (i > 0) expect(red).toBeGreaterThan((shares[i - 1] ?? 0) + 10);
  expect(redness(0)).toBeLessThan(12);
  // The picture, grey 90 faded to 156, stays visible under full colour.
  const under = await pixels(
    await renderFigure({
      input: { kind: "picture", picture: { ...picture, rgb: picture.rgb.map(() => 255) } },
      explanations: [{ heatmap: patch, label: "cam", probability: 0.9 }],
    }),
  );
  const strong = Math.round(left + 0.95 * 384);
  expect((under.at(strong, y)[2] ?? 0) - (at(strong, y)[2] ?? 0)).toBeGreaterThan(20);
  for (const share of [0.5, 0.8]) expect(Math.max(...colourAt(share))).toBeLessThan(140);
  for (const share of [0.4, 0.7]) expect(Math.max(...colourAt(share))).toBeGreaterThan(150);
});

test("the picture may keep its colours under the map", async () => {
  const rgb = Uint8Array.from({ length: side * side * 3 }, (_, i) => [40, 160, 80][i % 3] ?? 0);
  const blank = { ...heatmap, values: heatmap.values.map((_, i) => (i === 0 ? 1 : 0)) };
  const place = [36 + 412 + 190, 36 + 36 + 190] as const;
  const [grey, colour] = await Promise.all(
    (["grey", "colour"] as const).map(async (backdrop) => {
      const input = { kind: "picture", picture: { ...picture, rgb } } as const;
      const figure = { input, explanations: [{ ...target("a"), heatmap: blank }], backdrop };
      return (await pixels(await renderFigure(figure))).at(...place);
    }),
  );
  near(grey ?? [], [169, 169, 169]);
  near(colour ?? [], [126, 198, 150]);
});

test("a figure takes less than 40 % of the bytes that the same pixels take in all colours", async () => {
  const file = fileURLToPath(
    new URL("../../../models/pictures/striped-star_ringed-triangle.png", import.meta.url),
  );
  const { data, info } = await sharp(file)
    .removeAlpha()
    .resize(384, 384)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const photo = { width: info.width, height: info.height, rgb: new Uint8Array(data) };
  const one = await drawPng(info.width, info.height, [{ kind: "picture", picture: photo, x: 0, y: 0 }]);
  expect(one.length / (await encodePng(photo)).length).toBeLessThan(0.4);
});

test("any label is drawn, and long ones do not widen the figure", async () => {
  const plain = await sizeOf([target("a"), target("b")]);
  const odd = [
    '<b>&amp; "quoted" </svg>',
    "é ß Łódź жук 中文 🦓 \u0000\n العربية",
    "long ".repeat(100),
    "",
    "x".repeat(500),
  ];
  for (const label of odd) expect(await sizeOf([target(label), target("b")])).toEqual(plain);
});

test("a shared scale pales the weaker map", async () => {
  const weak = { ...heatmap, values: heatmap.values.map((value) => value / 10) };
  const explanations = [target("strong"), { ...target("weak"), heatmap: weak }];
  const place = [36 + 2 * 412 + 2, 36 + 36 + 384 + 16 + 190] as const;
  const each = await pixels(await renderFigure({ input: { kind: "picture", picture }, explanations }));
  const shared = await pixels(
    await renderFigure({ input: { kind: "picture", picture }, explanations, scale: "shared" }),
  );
  expect(each.at(...place)[0]).toBeLessThan(100);
  expect(shared.at(...place)[0]).toBeGreaterThan(200);
});

test("a map without relevance, a narrow and a large picture make a figure", async () => {
  const sized = (width: number, height: number) => ({
    input: { kind: "picture", picture: { width, height, rgb: new Uint8Array(width * height * 3) } } as const,
    explanations: [{ ...target("a"), heatmap: { width, height, values: new Float32Array(width * height) } }],
  });
  for (const [width, height] of [
    [8, 200],
    [600, 30],
    [1, 1],
  ] as const) {
    await expect(renderFigure(sized(width, height))).resolves.toBeInstanceOf(Uint8Array);
  }
  await expect(renderFigure({ input: { kind: "picture", picture }, explanations: [] })).rejects.toThrow(
    RangeError,
  );
});

test("the same figure is the same bytes", async () => {
  const options = { input: { kind: "picture", picture } as const, explanations: [target("a")], title: "t" };
  expect(await renderFigure(options)).toEqual(await renderFigure(options));
});

test("a single map is enlarged by a whole number", async () => {
  const plain = await pixels(await renderHeatmap(undefined, heatmap));
  expect([plain.width, plain.height]).toEqual([384, 384]);
  const small = await pixels(await renderHeatmap(picture, heatmap, { zoom: 1, smoothing: 0.05 }));
  expect([small.width, small.height]).toEqual([32, 32]);
  await expect(renderHeatmap(undefined, heatmap, { zoom: 1.5 })).rejects.toThrow(RangeError);
});
