import type { Heatmap } from "@onnx-lrp/core";
import sharp from "sharp";
import { expect, test } from "vitest";
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

test("one target stands in a row, several in columns that wrap", async () => {
  const tile = 384;
  const of = (columns: number) => 2 * 36 + columns * (tile + 28) - 28;
  const one = await sizeOf([target("a")]);
  expect(one.width).toBe(of(3));
  expect(one.height).toBeLessThan(1.5 * tile);
  const two = await sizeOf([target("a"), target("b")]);
  expect(two.width).toBe(of(3));
  expect(two.height).toBeGreaterThan(2 * tile);
  expect((await sizeOf(["a", "b", "c", "d"].map(target))).width).toBe(of(5));
  const seven = await sizeOf(["a", "b", "c", "d", "e", "f", "g"].map(target));
  expect(seven.width).toBe(of(4));
  expect(seven.height).toBeGreaterThan(4 * tile);
});

test("a title and a caption add height, and a long caption wraps", async () => {
  const bare = await sizeOf([target("a")]);
  const titled = await sizeOf([target("a")], { title: "A title" });
  const short = await sizeOf([target("a")], { caption: "Short." });
  const long = await sizeOf([target("a")], { caption: "So many words. ".repeat(40) });
  expect(titled.height).toBeGreaterThan(bare.height);
  expect(short.height).toBeGreaterThan(bare.height);
  expect(long.height).toBeGreaterThan(short.height);
  expect(new Set([bare, titled, short, long].map(({ width }) => width)).size).toBe(1);
});

test("input, overlay and map lie where they should", async () => {
  const { at, height, width } = await pixels(
    await renderFigure({ input: { kind: "picture", picture }, explanations: [target("zebra")] }),
  );
  const y = 36 + 36 + 190;
  expect(at(36 + 190, y)).toEqual([90, 90, 90]);
  const [left, right] = [at(36 + 2 * 412 + 5, y), at(36 + 2 * 412 + 378, y)];
  expect(left[2]).toBeGreaterThan((left[0] ?? 0) + 100);
  expect(right[0]).toBeGreaterThan((right[2] ?? 0) + 100);
  for (const corner of [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)]) {
    expect(corner).toEqual([255, 255, 255]);
  }
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
