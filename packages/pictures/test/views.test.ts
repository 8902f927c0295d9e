/** What inputs look like, and their maps as they are drawn: by numbers. */
import { parseAxes } from "@onnx-lrp/core/internal";
import { expect, test } from "vitest";
import { mapOnView, type SignalView, viewOfTensor } from "../src/index.ts";
import {
  channelsToDraw,
  envelopeOf,
  inColumns,
  overlayLook,
  planeAt,
  relevanceByChannel,
  rowsOf,
  signColour,
  slicesThrough,
  smoothPanels,
  strongestFeatures,
  strongestVoxel,
  underInk,
  type ViewedInput,
  viewForMap,
  viewKind,
  volumeOf,
} from "../src/internal.ts";

function shape(layout: string, sizes: Partial<ViewedInput>): ViewedInput {
  const axes = parseAxes(layout);
  const last = axes.indexOf("C") > 1 ? "nhwc" : "nchw";
  return { axes, layout: last, channels: 1, depth: 1, height: 1, width: 1, ...sizes };
}

const counted = (count: number) => Float32Array.from({ length: count }, (_, i) => i);
const zeros = (count: number) => new Float32Array(count);

test.each([
  ["NCHW", { channels: 3, height: 4, width: 4 }, "picture"],
  ["NHWC", { channels: 13, height: 4, width: 4 }, "bands"],
  ["NCHW", { channels: 2, height: 4, width: 1 }, "bands"],
  ["NCL", { channels: 12, width: 5 }, "signal"],
  ["NL", { width: 5 }, "signal"],
  ["NCDHW", { depth: 2, height: 3, width: 4 }, "volume"],
  ["NCDHW", { depth: 1, height: 3, width: 4 }, "volume"],
  ["NF", { width: 20 }, "features"],
  // Features that the network itself puts into another form.
  ["NF", { channels: 3, height: 8, width: 8 }, "picture"],
  ["NF", { channels: 12, width: 8 }, "signal"],
  ["NF", { depth: 2, height: 8, width: 8 }, "volume"],
] as const)("%s with %o is a %s", (layout, sizes, kind) => {
  expect(viewKind(shape(layout, sizes))).toBe(kind);
});

test("a signal's channels stand one after another, whatever the layout", () => {
  const last = shape("NLC", { channels: 2, width: 3 });
  const view = viewOfTensor(Float32Array.of(0, 10, 1, 11, 2, 12), last, {});
  expect(view).toMatchObject({ kind: "signal", channels: 2, length: 3 });
  expect(view.kind === "signal" && [...view.values]).toEqual([0, 1, 2, 10, 11, 12]);
  const { heatmap, byChannel } = mapOnView(view, Float32Array.of(1, -1, 2, -2, 3, -3), last);
  expect(heatmap).toEqual({ width: 3, height: 2, values: Float32Array.of(1, 2, 3, -1, -2, -3) });
  expect([...(byChannel ?? [])]).toEqual([6, -6]);
  // A method that gives one number for each sample has one row, and no sums by channel.
  const single = mapOnView(view, Float32Array.of(1, 2, 3), { ...last, channels: 1 });
  expect([single.heatmap.height, single.byChannel]).toEqual([1, undefined]);
});

test("of many channels the first three are shown, or those asked for, from the 2nd to the 98th percentile", () => {
  const input = shape("NCHW", { channels: 5, height: 10, width: 10 });
  // Channel c counts up from 1000 c; one pixel of channel 4 is far beyond the others.
  const data = Float32Array.from({ length: 500 }, (_, i) => 1000 * Math.floor(i / 100) + (i % 100));
  data[450] = 1e9;
  const first = viewOfTensor(data, input, {});
  const chosen = viewOfTensor(data, input, { bands: [4, 3, 2] });
  if (first.kind !== "bands" || chosen.kind !== "bands") throw new Error("no bands");
  expect([first.shown, chosen.shown]).toEqual([
    [0, 1, 2],
    [4, 3, 2],
  ]);
  const at = (view: typeof first, pixel: number) => [...view.picture.rgb.subarray(pixel * 3, pixel * 3 + 3)];
  expect(at(first, 1)).toEqual([0, 0, 0]);
  expect(at(first, 98)).toEqual([255, 255, 255]);
  expect(at(first, 50)[0]).toBe(Math.round((255 * 48) / 95));
  // The outlier is white, and leaves the others where they are.
  expect(at(chosen, 50)[0]).toBe(255);
  expect(Math.abs((at(chosen, 49)[0] ?? 0) - (at(chosen, 49)[1] ?? 0))).toBeLessThan(4);
  const grey = viewOfTensor(data, input, { bands: [1] });
  expect(grey.kind === "bands" && at(grey, 98)).toEqual([255, 255, 255]);
});

test("three channels are a picture unless bands are asked for", () => {
  const input = shape("NCHW", { channels: 3, height: 1, width: 2 });
  const data = Float32Array.of(0, 1, 0, 1, 0, 1);
  const pixels = { low: [0, 0, 0], high: [1, 1, 2] };
  expect(viewOfTensor(data, input, { pixels })).toEqual({
    kind: "picture",
    picture: { width: 2, height: 1, rgb: Uint8Array.of(0, 0, 0, 255, 255, 128) },
  });
  expect(viewOfTensor(data, input, { pixels, bands: [2, 1, 0] })).toMatchObject({
    kind: "bands",
    channels: 3,
  });
});

test("bands that are not there, and bands of what is no picture, are refused", () => {
  const bands = shape("NCHW", { channels: 5, height: 2, width: 2 });
  expect(() => viewOfTensor(zeros(20), bands, { bands: [4, 5, 0] })).toThrow(/no channel 6: it has 5/);
  const signal = shape("NCL", { channels: 5, width: 4 });
  expect(() => viewOfTensor(zeros(20), signal, { bands: [0] })).toThrow(/for pictures only/);
});

test("relevance by channel sums over places in both layouts", () => {
  const first = shape("NCHW", { channels: 2, height: 1, width: 3 });
  expect([...relevanceByChannel(Float32Array.of(1, 2, 3, 4, 5, 6), first)]).toEqual([6, 15]);
  const last = shape("NHWC", { channels: 2, height: 1, width: 3 });
  expect([...relevanceByChannel(Float32Array.of(1, 2, 3, 4, 5, 6), last)]).toEqual([9, 12]);
});

test("a single strong sample of many stays to be seen", () => {
  const values = zeros(10_000);
  values[7777] = -3;
  values[7778] = 2;
  const map = { width: 5000, height: 2, values };
  const strongest = inColumns(map, 1000, "strongest");
  expect([strongest.width, strongest.height]).toEqual([1000, 2]);
  // Sample 2777 of the second row.
  const places = [...strongest.values].flatMap((value, i) => (value === 0 ? [] : [[i, value]]));
  expect(places).toEqual([[1000 + 555, -3]]);
  expect(inColumns(map, 1000, "mean").values[1555]).toBeCloseTo(-0.2, 6);
  expect(inColumns(map, 5000, "mean").values).toEqual(values);
});

test("an envelope has the lowest and the highest sample of each column", () => {
  const { low, high } = envelopeOf(Float32Array.of(3, -1, Number.NaN, 5, Number.NaN, Number.NaN, 2), 3);
  expect([...low]).toEqual([-1, 5, 2]);
  expect([...high]).toEqual([3, 5, 2]);
  expect(envelopeOf(Float32Array.of(Number.NaN, 1), 2).low[0]).toBeNaN();
});

test("of more channels than there is room for, those with the most relevance are drawn, in their order", () => {
  const view: SignalView = { kind: "signal", channels: 20, length: 2, values: counted(40) };
  const one = zeros(40);
  one.set([0, -9], 2 * 17);
  one.set([1, 1], 2 * 3);
  // A thousand times weaker as a whole, it counts as much.
  const other = zeros(40);
  other.set([0.001, 0.001], 2 * 11);
  const maps = [one, other].map((values) => ({ width: 2, height: 20, values }));
  expect(channelsToDraw(view, maps, 3)).toEqual([3, 11, 17]);
  expect(channelsToDraw(view, maps)).toHaveLength(16);
  expect(channelsToDraw({ ...view, channels: 12 }, maps)).toHaveLength(12);
  const [map] = maps;
  expect(map && [...rowsOf(map, [3, 17]).values]).toEqual([1, 1, 0, -9]);
  expect([...rowsOf({ width: 2, height: 1, values: counted(2) }, [3, 17]).values]).toEqual([0, 1, 0, 1]);
});

test("the strongest voxel, the planes through it, and slices where relevance is", () => {
  const values = zeros(20 * 3 * 5);
  const at = (d: number, h: number, w: number) => (d * 3 + h) * 5 + w;
  for (let d = 4; d <= 15; d += 1) values[at(d, 1, 1)] = 0.5;
  values[at(7, 2, 4)] = -2;
  const map = { width: 5, height: 3, depth: 20, values };
  const voxel = strongestVoxel([map]);
  expect(voxel).toEqual({ depth: 7, row: 2, column: 4 });
  const across = planeAt(volumeOf(map), "depth", 7);
  expect([across.width, across.height, across.values[2 * 5 + 4]]).toEqual([5, 3, -2]);
  const row = planeAt(volumeOf(map), "row", 2);
  expect([row.width, row.height, row.values[7 * 5 + 4]]).toEqual([5, 20, -2]);
  const column = planeAt(volumeOf(map), "column", 4);
  expect([column.width, column.height, column.values[2 * 20 + 7]]).toEqual([20, 3, -2]);
  expect(slicesThrough(map)).toEqual([4, 6, 7, 9, 10, 12, 13, 15]);
  expect(slicesThrough(map, 1)).toHaveLength(1);
  expect(slicesThrough({ ...map, values: zeros(300) }, 4)).toEqual([0, 6, 13, 19]);
  expect(strongestVoxel([{ ...map, values: zeros(300) }])).toEqual({ depth: 10, row: 1, column: 2 });
});

test("features by the size of their relevance", () => {
  const values = Float32Array.of(0, -3, Number.NaN, 2, 3);
  expect(strongestFeatures({ width: 5, height: 1, values }, 3)).toEqual([1, 4, 3]);
});

test("ink stays over colours, which are those of an overlay on white", () => {
  const drawing = { width: 4, height: 2, rgb: new Uint8Array(24).fill(255) };
  drawing.rgb.fill(0, 0, 3);
  const { rgb } = underInk(drawing, { width: 2, height: 1, values: Float32Array.of(1, -1) }, 1);
  const at = (i: number) => [...rgb.subarray(i * 3, i * 3 + 3)];
  const full = (sign: number) =>
    signColour(sign).map((c) => Math.round(255 + (c - 255) * overlayLook.maxOpacity));
  expect(at(0)).toEqual([0, 0, 0]);
  expect([at(1), at(4), at(2), at(7)]).toEqual([full(1), full(1), full(-1), full(-1)]);
  expect(() => underInk(drawing, { width: 3, height: 1, values: zeros(3) }, 1)).toThrow(RangeError);
});

test("panels are smoothed apart", () => {
  const values = Float32Array.of(1, 1, 1, 0, 0, 0, 5, 5);
  const panels = [
    { x: 0, y: 0, width: 3, height: 1 },
    { x: 3, y: 0, width: 3, height: 1 },
  ];
  const soft = smoothPanels({ width: 8, height: 1, values }, panels, 2);
  soft.values.forEach((value, i) => {
    expect(value).toBeCloseTo(values[i] ?? Number.NaN, 6);
  });
});

test("a map of another size than the input, such as an inner value's, is drawn on an empty view", () => {
  const waveform = viewOfTensor(counted(16), shape("NCL", { width: 16 }), {});
  const spectrogram = shape("NCHW", { height: 4, width: 6 });
  expect(viewForMap(waveform, spectrogram)).toMatchObject({
    kind: "picture",
    picture: { width: 6, height: 4, rgb: new Uint8Array(72).fill(255) },
  });
  expect(viewForMap(waveform, shape("NCL", { width: 16 }))).toBe(waveform);
  expect(viewForMap(waveform, shape("NF", { width: 5 }))).toMatchObject({ kind: "features" });
  expect(viewForMap(waveform, shape("NCL", { channels: 4, width: 8 }))).toMatchObject({
    ...{ kind: "signal", channels: 4, length: 8 },
  });
});
