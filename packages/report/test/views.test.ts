/** Figures and comparisons of signals, volumes, many bands and features: where things lie, by numbers. */
import type { Heatmap } from "@onnx-lrp/core";
import type { InputView, Picture, SignalView, VolumeView } from "@onnx-lrp/pictures";
import {
  pageLook,
  paintMap,
  paintUnderInk,
  repeatPlaces,
  smoothPanels,
  underInk,
} from "@onnx-lrp/pictures/internal";
import sharp from "sharp";
import { expect, test } from "vitest";
import { coloured, sheetOf } from "../src/comparison/sheet.ts";
import { type Comparison, mapTiles, renderComparison, renderFigure, renderMap } from "../src/index.ts";
import { channelBars } from "../src/views/channel-bars.ts";
import { featureBars } from "../src/views/features.ts";
import { channelNote, coloursOf, layOutSignal, signalScales, signalStrips } from "../src/views/signal.ts";
import { volumeColours, volumePlanes, volumeScales } from "../src/views/volume.ts";

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly at: (x: number, y: number) => [number, number, number];
}

async function pixels(png: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  const at = (x: number, y: number): [number, number, number] => {
    const i = (y * info.width + x) * 3;
    return [data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0];
  };
  return { width: info.width, height: info.height, at };
}

const isRed = ([r, g, b]: readonly number[]) => (r ?? 0) > (g ?? 0) + 60 && (r ?? 0) > (b ?? 0) + 60;
const isBlue = ([r, , b]: readonly number[]) => (b ?? 0) > (r ?? 0) + 60;

function signal(channels: number, length: number, names?: readonly string[]): SignalView {
  const values = Float32Array.from({ length: channels * length }, (_, i) => Math.sin((i % length) / 9));
  return { kind: "signal", channels, length, values, names };
}

/** One spike each in two channels: for the class, and against it. */
function spikes({ channels, length }: SignalView, at: { up: number; down: number }): Heatmap {
  const values = new Float32Array(channels * length);
  values[at.up] = 2;
  values[(channels - 1) * length + at.down] = -2;
  return { width: length, height: channels, values };
}

test.each([
  ["fewer samples than pixels", 40],
  ["5,000 samples", 5000],
])("a spike is coloured where it is: %s", async (_, length) => {
  const view = signal(3, length);
  const up = Math.floor(length * 0.25);
  const down = Math.floor(length * 0.8);
  const layout = await layOutSignal(view, [], 1000);
  const colours = coloursOf(layout, spikes(view, { up, down }));
  const strips = signalStrips(layout, undefined, colours, signalScales([colours]));
  const bands = strips.marks.flatMap((mark) => (mark.kind === "picture" ? [mark] : []));
  // A strip and the narrow band below it for each channel.
  expect(bands).toHaveLength(6);
  const width = layout.curves.width;
  const painted = bands.map(({ picture, x, y }) => {
    expect([picture.width, x]).toEqual([width, layout.left]);
    const colour = (column: number) => [...picture.rgb.subarray(column * 3, column * 3 + 3)];
    const columns = Array.from({ length: width }, (_, column) => column);
    return {
      y,
      red: columns.filter((c) => isRed(colour(c))),
      blue: columns.filter((c) => isBlue(colour(c))),
    };
  });
  const [strip, track, , silent, last, lastTrack] = painted;
  const place = (sample: number) => ((sample + 0.5) / length) * width;
  for (const [found, sample] of [
    [strip?.red, up],
    [track?.red, up],
    [last?.blue, down],
    [lastTrack?.blue, down],
  ] as const) {
    const [first = Number.NaN, end = Number.NaN] = [found?.[0], found?.at(-1)];
    expect(Math.abs((first + end + 1) / 2 - place(sample))).toBeLessThanOrEqual(1);
  }
  // As it is, a sample is as wide as its column.
  expect(track?.red).toHaveLength(layout.plot.zoom);
  expect([silent?.red, silent?.blue, strip?.blue, last?.red]).toEqual([[], [], [], []]);
  expect(painted.map(({ y }) => y)).toEqual([...painted.map(({ y }) => y)].sort((a, b) => a - b));
});

test("of 20 channels 16 are drawn, which the small print says; names stand beside the strips", async () => {
  const view = signal(
    20,
    64,
    Array.from({ length: 20 }, (_, i) => `lead ${i}`),
  );
  const map = spikes(view, { up: 3, down: 5 });
  const layout = await layOutSignal(view, [map], 600);
  expect(layout.channels).toHaveLength(16);
  expect(layout.channels).toContain(19);
  expect(channelNote(layout)).toBe("Drawn are the 16 of 20 channels with the most relevance.");
  const colours = coloursOf(layout, map);
  const { marks } = signalStrips(layout, new Float32Array(20).fill(1), colours, signalScales([colours]));
  const texts = marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
  expect(texts.filter((text) => text.startsWith("lead"))).toHaveLength(16);
  expect(texts).toContain("lead 19");
  expect(texts.filter((text) => text === "+1")).toHaveLength(16);
});

const volume: VolumeView = {
  ...{ kind: "volume", channels: 1, depth: 8, height: 16, width: 12 },
  grey: new Uint8Array(8 * 16 * 12).fill(120),
};
const strongest = { depth: 5, row: 11, column: 2 };

function lump({ depth, row, column }: typeof strongest, value = 1): Heatmap {
  const values = new Float32Array(8 * 16 * 12);
  values[(depth * 16 + row) * 12 + column] = value;
  return { width: 12, height: 16, depth: 8, values };
}

test("tiles: the input and its maps at one size, coloured where the relevance is", async () => {
  const view = signal(2, 40);
  const { input, maps } = await mapTiles(view, [spikes(view, { up: 10, down: 30 })]);
  const [map = input] = maps;
  expect([map.width, map.height]).toEqual([input.width, input.height]);
  const coloured = (picture: Picture, is: (rgb: number[]) => boolean, top: boolean) =>
    Array.from({ length: picture.width * picture.height }, (_, i) => i).filter((i) => {
      const upper = i < (picture.width * picture.height) / 2;
      return upper === top && is([...picture.rgb.subarray(3 * i, 3 * i + 3)]);
    });
  expect(coloured(input, isRed, true)).toEqual([]);
  const red = coloured(map, isRed, true).map((i) => (i % map.width) / map.width);
  const blue = coloured(map, isBlue, false).map((i) => (i % map.width) / map.width);
  expect(red.reduce((a, b) => a + b, 0) / red.length).toBeCloseTo(10.5 / 40, 1);
  expect(blue.reduce((a, b) => a + b, 0) / blue.length).toBeCloseTo(30.5 / 40, 1);
  const planes = await mapTiles(volume, [lump(strongest)]);
  expect(planes.maps.map(({ width, height }) => [width, height])).toEqual([
    [planes.input.width, planes.input.height],
  ]);
});

test("three planes cross in the strongest voxel", async () => {
  const colours = volumeColours(lump(strongest), 0);
  expect(colours.voxel).toEqual(strongest);
  const planes = await volumePlanes(volume, colours, volumeScales([colours]), "alone");
  const tiles = planes.marks.flatMap((mark) => (mark.kind === "picture" ? [mark] : []));
  const factor = (tiles[0]?.picture.width ?? 0) / 12;
  expect(tiles.map(({ picture }) => [picture.width / factor, picture.height / factor])).toEqual([
    [12, 16],
    [12, 8],
    [8, 16],
  ]);
  const crossings = [
    [strongest.column, strongest.row],
    [strongest.column, strongest.depth],
    [strongest.depth, strongest.row],
  ];
  tiles.forEach(({ picture, x, y }, i) => {
    const [right = 0, down = 0] = crossings[i] ?? [];
    const centre = (place: number) => Math.floor((place + 0.5) * factor);
    const pixel = (centre(down) * picture.width + centre(right)) * 3;
    expect(isRed([...picture.rgb.subarray(pixel, pixel + 3)])).toBe(true);
    // The lines of the cross point at it, and leave it free.
    const lines = planes.marks.flatMap((mark) =>
      mark.kind === "field" && mark.x >= x && mark.x < x + picture.width ? [mark] : [],
    );
    expect(lines.filter(({ height }) => height === 1).map((line) => line.y - y)).toEqual(
      expect.arrayContaining([centre(down)]),
    );
    expect(lines.filter(({ width }) => width === 1).map((line) => line.x - x)).toEqual(
      expect.arrayContaining([centre(right)]),
    );
    for (const line of lines) {
      const covers =
        line.x - x <= centre(right) &&
        line.x - x + line.width > centre(right) &&
        line.y - y <= centre(down) &&
        line.y - y + line.height > centre(down);
      expect(covers).toBe(false);
    }
  });
  const texts = planes.marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
  expect(texts).toEqual(["depth 5", "row 11", "column 2"]);
});

test("bars by channel are as long as their sums, up for the class and down against it", () => {
  const { marks } = channelBars({
    byChannel: Float32Array.of(2, -1, 0),
    names: undefined,
    width: 90,
    height: 40,
  });
  const bars = marks.flatMap((mark) => (mark.kind === "field" && mark.height > 1 ? [mark] : []));
  expect(bars.map(({ y, height }) => [y, height])).toEqual([
    [0, 20],
    [20, 10],
  ]);
  expect(bars.map(({ x, width }) => Math.round(x + width / 2))).toEqual([15, 45]);
  const labels = (count: number) =>
    channelBars({ byChannel: new Float32Array(count), names: undefined, width: 300, height: 40 })
      .marks.flatMap((mark) => (mark.kind === "text" ? [mark.text] : []))
      .filter((text) => /^\d+$/.test(text));
  expect(labels(13)).toHaveLength(13);
  expect(labels(200).length).toBeLessThan(15);
  expect(labels(200)).toContain("100");
});

test("the strongest features come first", () => {
  const view = {
    kind: "features",
    values: Float32Array.of(5, 6, 7),
    names: ["age", "height", "weight"],
  } as const;
  const map = { width: 3, height: 1, values: Float32Array.of(0.1, -2, 1) };
  const { marks } = featureBars(view, map, 600, 2);
  const texts = marks.flatMap((mark) =>
    mark.kind === "text" && view.names.includes(mark.text as "age") ? [mark.text] : [],
  );
  expect(texts).toEqual(["height", "weight", "age"]);
  const widths = marks.flatMap((mark) => (mark.kind === "field" && mark.width > 1 ? [mark.width] : []));
  expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(0.5, 6);
});

const many: InputView = {
  ...{ kind: "bands", channels: 13, shown: [3, 2, 1] },
  picture: { width: 16, height: 16, rgb: new Uint8Array(768).fill(99) },
};
const flat = (width: number, height: number): Heatmap => ({
  ...{ width, height },
  values: Float32Array.from({ length: width * height }, (_, i) => (i % width) / width - 0.5),
});
const cases: readonly (readonly [string, InputView, Heatmap, Float32Array | undefined])[] = [
  ["signal", signal(12, 5000), flat(5000, 12), new Float32Array(12).fill(-1)],
  ["signal of one sample", signal(1, 1), flat(1, 1), undefined],
  ["signal, one row of map", signal(4, 100), flat(100, 1), undefined],
  [
    "signal without numbers",
    { ...signal(2, 50), values: new Float32Array(100).fill(Number.NaN) },
    flat(50, 2),
    undefined,
  ],
  ["volume", volume, lump(strongest, -3), undefined],
  ["volume without relevance", volume, lump(strongest, 0), undefined],
  ["volume of several channels", { ...volume, channels: 3 }, lump(strongest), Float32Array.of(1, 2, -3)],
  ["bands", many, flat(16, 16), new Float32Array(13).map((_, i) => i - 6)],
  ["features", { kind: "features", values: new Float32Array(300) }, flat(300, 1), undefined],
  ["one feature", { kind: "features", values: Float32Array.of(Number.NaN) }, flat(1, 1), undefined],
];

test.each(cases)("%s: every figure has a white margin and no more", async (_, input, heatmap, byChannel) => {
  const target = { heatmap, byChannel, label: "<b> & ".repeat(60), probability: 0.25 };
  const comparison: Comparison = {
    title: "t",
    methods: [{ name: "a" }, { name: "b" }],
    networks: [
      {
        name: "n",
        pictures: [
          {
            ...{ name: "p", input },
            targets: [
              {
                label: "c",
                cells: [
                  { kind: "map", heatmap, byChannel },
                  { kind: "refused", reason: "It does not apply here." },
                ],
              },
            ],
          },
        ],
      },
    ],
  };
  const figures = [
    await renderFigure({ input, explanations: [target], title: "t", caption: "c" }),
    await renderFigure({ input, explanations: [target, target], scale: "shared" }),
    await renderComparison(comparison),
    await renderComparison(comparison, { view: "map", scale: "row" }),
    await renderMap(input, { heatmap, byChannel }),
  ];
  for (const [i, figure] of figures.entries()) {
    const { width, height, at } = await pixels(figure);
    expect(width).toBeLessThan(2100);
    // A map alone of a picture has no margin.
    if (i === 4 && input.kind === "bands") continue;
    const edges = [
      ...Array.from({ length: height }, (_, y) => [at(1, y), at(width - 2, y)]),
      ...Array.from({ length: width }, (_, x) => [at(x, 1), at(x, height - 2)]),
    ];
    expect(edges.flat(2).filter((value) => value !== 255)).toEqual([]);
  }
});

test("a sheet has a signal's spike in its channel's row and its sample's column", async () => {
  const view = signal(12, 5000);
  const sheet = await sheetOf(view, [], 500);
  const map = sheet.onto(spikes(view, { up: 1234, down: 4999 }), "strongest");
  expect([map.width, map.height]).toEqual([500, 12]);
  const found = [...map.values].flatMap((value, i) =>
    value === 0 ? [] : [[i % 500, Math.floor(i / 500), value]],
  );
  expect(found).toEqual([
    [123, 0, 2],
    [499, 11, -2],
  ]);
  expect(sheet.drawing.height % 12).toBe(0);
  expect(sheet.places).toMatchObject({ kind: "samples", length: 5000, columns: 500 });
});

test("a sheet has a volume's strongest voxel in each of its planes", async () => {
  const sheet = await sheetOf(volume, [lump(strongest), lump({ depth: 1, row: 1, column: 1 }, 0)], 0);
  const map = sheet.onto(lump(strongest), "strongest");
  expect([map.width, map.height]).toEqual([sheet.drawing.width, sheet.drawing.height]);
  const planes = sheet.places.kind === "voxels" ? sheet.places.planes : [];
  expect(planes.map(({ across, at }) => [across, at])).toEqual([
    ["depth", 5],
    ["row", 11],
    ["column", 2],
  ]);
  const found = [...map.values].flatMap((value, i) =>
    value === 0 ? [] : [{ x: i % map.width, y: Math.floor(i / map.width) }],
  );
  const [depth, row, column] = planes;
  expect(found).toHaveLength(3);
  expect(found).toEqual(
    expect.arrayContaining([
      { x: (depth?.x ?? 0) + 2, y: (depth?.y ?? 0) + 11 },
      { x: (row?.x ?? 0) + 2, y: (row?.y ?? 0) + 5 },
      { x: (column?.x ?? 0) + 5, y: (column?.y ?? 0) + 11 },
    ]),
  );
});

test("the page paints curves over colours as figures do", async () => {
  const view = signal(3, 40);
  const sheet = await sheetOf(view, [], 200);
  const map = sheet.onto(flat(40, 3), "strongest");
  const { drawing } = sheet;
  const [across, down] = [drawing.width / map.width, drawing.height / map.height];
  const rgba = Array.from({ length: drawing.rgb.length / 3 }, (_, i) => [
    ...drawing.rgb.subarray(i * 3, i * 3 + 3),
    255,
  ]).flat();
  const rgb = (painted: Uint8ClampedArray) => [...painted].filter((_, i) => i % 4 < 3);
  const look = pageLook();
  expect(rgb(paintUnderInk(rgba, map, across, down, 0.3, "both", look))).toEqual([
    ...underInk(drawing, map, 0.3).rgb,
  ]);
  expect(coloured(sheet, map, 0.3, false)).toEqual(underInk(drawing, map, 0.3));
  const alone = repeatPlaces(paintMap(map.values, 0.3, "both", look), map.width, across, down);
  expect(alone).toHaveLength(rgba.length);
  expect([...alone.subarray(0, 4)]).toEqual([...alone.subarray((across - 1) * 4, across * 4)]);
  expect(smoothPanels(map, sheet.panels ?? [], 0)).toBe(map);
});

test("a map that does not fit the input is refused", async () => {
  const wrong = (input: InputView, heatmap: Heatmap) =>
    renderComparison({
      methods: [{ name: "a" }],
      networks: [
        {
          name: "",
          pictures: [{ name: "p", input, targets: [{ label: "c", cells: [{ kind: "map", heatmap }] }] }],
        },
      ],
    });
  await expect(wrong(signal(3, 40), flat(39, 3))).rejects.toThrow("39 x 3 map for a signal of 40 x 3");
  await expect(wrong(volume, flat(12, 16))).rejects.toThrow("12 x 16 map for a volume of 12 x 16 x 8");
});
