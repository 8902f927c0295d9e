import { createContext, runInContext } from "node:vm";
import type { Heatmap } from "@onnx-lrp/core";
import { createRandom } from "@onnx-lrp/core/internal";
import { overlay, paintHeatmap } from "@onnx-lrp/pictures";
import { pageLook, paintMap, paintOverlay, scaleOf } from "@onnx-lrp/pictures/internal";
import { expect, test } from "vitest";
import type { ComparisonData } from "../src/comparison/script.ts";
import { type Comparison, renderComparisonPage } from "../src/index.ts";
import { decodeMap, encodeMap } from "../src/page/map.ts";

const width = 12;
const height = 9;
const random = createRandom(3);
const noise = (factor = 1): Heatmap => ({
  width,
  height,
  values: Float32Array.from({ length: width * height }, () => factor * (random.uniform() - 0.5) ** 3),
});
const shown = {
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, () => Math.floor(random.uniform() * 256)),
};
const maps = [noise(), noise(1e-9)];
const comparison = (word = "zebra"): Comparison => ({
  title: word,
  caption: word,
  methods: ["sglrp", word, "cam"].map((name) => ({ name, summary: word })),
  networks: [
    {
      name: word,
      note: word,
      costs: ["1 s", word, undefined],
      pictures: [
        {
          name: word,
          input: { kind: "picture", picture: shown },
          targets: [
            {
              label: word,
              probability: 0.5,
              cells: [
                ...maps.map((heatmap) => ({ kind: "map", heatmap }) as const),
                { kind: "refused", reason: word },
              ],
            },
          ],
        },
      ],
    },
  ],
});

function dataOf(html: string): ComparisonData {
  const [, text = ""] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(text);
}

function scriptOf(html: string): string {
  const [, text = ""] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
  return text;
}

test("a map's numbers come back from the page", async () => {
  const data = dataOf(await renderComparisonPage(comparison()));
  expect(data.maps.map(({ picture, row }) => [picture, row])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  data.maps.forEach((packed, i) => {
    const back = decodeMap(packed);
    const { values } = maps[i] ?? noise();
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect([back.width, back.height]).toEqual([width, height]);
    values.forEach((value, k) => {
      expect(Math.abs((back.values[k] ?? Number.NaN) - value)).toBeLessThanOrEqual(largest * 1.6e-5);
    });
  });
});

test("maps without relevance, and values that are no numbers, come back as such", () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, 2, -2, 0, -0];
  expect([...decodeMap(encodeMap({ width: 6, height: 1, values: Float32Array.from(odd) })).values]).toEqual([
    Number.NaN,
    Number.NaN,
    2,
    -2,
    0,
    0,
  ]);
  const empty = { width: 2, height: 1, values: new Float32Array(2) };
  expect(decodeMap(encodeMap(empty))).toEqual(empty);
});

test("the page paints as figures do", () => {
  const look = pageLook();
  const [map = noise()] = maps;
  const rgb = (rgba: Uint8ClampedArray) => [...rgba].filter((_, i) => i % 4 < 3);
  const rgba = Array.from({ length: width * height }, (_, i) => [
    ...shown.rgb.subarray(i * 3, i * 3 + 3),
    255,
  ]).flat();
  for (const scale of [scaleOf([map]), 0.001, 0]) {
    expect(rgb(paintMap(map.values, scale, "both", look))).toEqual([...paintHeatmap(map, scale).rgb]);
    expect(rgb(paintOverlay(rgba, map.values, scale, "both", look))).toEqual([
      ...overlay(shown, map, scale).rgb,
    ]);
  }
  const positive = { ...map, values: map.values.map((value) => Math.max(value, 0)) };
  const negative = { ...map, values: map.values.map((value) => Math.min(value, 0)) };
  expect(paintMap(map.values, 0.1, "for", look)).toEqual(paintMap(positive.values, 0.1, "both", look));
  expect(paintMap(map.values, 0.1, "against", look)).toEqual(paintMap(negative.values, 0.1, "both", look));
});

test("the script runs on its own, with nothing but what is in the page", async () => {
  const html = await renderComparisonPage(comparison(), { view: "map" });
  const data = dataOf(html);
  const drawn = new Map<string, unknown>();
  const listeners = new Map<string, (event: unknown) => void>();
  const figures = data.maps.map((_, i) => {
    const parts: Record<string, { textContent: string; hidden: boolean; style: object }> = {
      ".readout": { textContent: "", hidden: false, style: {} },
      ".marker": { textContent: "", hidden: false, style: {} },
    };
    const canvas = {
      dataset: { map: String(i) },
      closest: () => ({ querySelector: (name: string) => parts[name] }),
      getContext: () => ({ putImageData: (image: unknown) => drawn.set(String(i), image) }),
      getBoundingClientRect: () => ({ left: 10, top: 20, width: width * 10, height: height * 10 }),
      addEventListener: (name: string, listen: (event: unknown) => void) =>
        listeners.set(`${i} ${name}`, listen),
    };
    return { parts, canvas };
  });
  const chosen: Record<string, string> = { view: "map", sign: "both", scale: "each", smoothing: "0.012" };
  const context = createContext({
    atob,
    innerHeight: 1000,
    addEventListener: () => undefined,
    HTMLImageElement: Object,
    ImageData: class {
      readonly parts: unknown[];
      constructor(...parts: unknown[]) {
        this.parts = parts;
      }
    },
    IntersectionObserver: class {
      observe() {}
    },
    document: {
      body: { dataset: {} },
      getElementById: (id: string) =>
        id === "data"
          ? { textContent: JSON.stringify(data) }
          : id === "controls"
            ? {
                querySelector: (name: string) => ({ value: chosen[/name=(\w+)/.exec(name)?.[1] ?? ""] }),
                addEventListener: () => undefined,
              }
            : null,
      querySelectorAll: (name: string) => (name === "canvas" ? figures.map(({ canvas }) => canvas) : []),
    },
  });
  runInContext(scriptOf(html), context);
  await expect.poll(() => drawn.size).toBe(2);
  const readouts = () => figures.map(({ parts }) => parts[".readout"]?.textContent);
  for (const text of readouts()) expect(text).toMatch(/^±\d/);
  listeners.get("0 pointermove")?.({ clientX: 10 + 35, clientY: 20 + 41 });
  const values = data.maps.map((map) => decodeMap(map).values[4 * width + 3] ?? 0);
  const read = readouts().map((text) => Number(text?.replaceAll("−", "-")));
  read.forEach((value, i) => {
    expect(value / (values[i] ?? 0)).toBeCloseTo(1, 2);
  });
  expect(figures.map(({ parts }) => parts[".marker"]?.hidden)).toEqual([false, false]);
  listeners.get("0 pointerleave")?.({ pointerType: "mouse" });
  for (const text of readouts()) expect(text).toMatch(/^±\d/);
});

test("words are words, whatever is in them", async () => {
  const word = `</script><script>alert(1)</script><img src=x onerror="alert(1)"> & ' \u0000 <!-- "`;
  const html = await renderComparisonPage(comparison(word));
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html.match(/<img/g)).toHaveLength(1);
  expect(html).not.toContain("<script>alert");
  expect(html).not.toContain("<!--");
  expect(html).not.toContain("\u0000");
  expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  const outside = html.replace(/<(script|style)[^>]*>.*?<\/\1>/gs, "").replace(/"[^"]*"/g, "");
  expect(outside.match(/<[^>]*\son\w+=/)).toBeNull();
});

test("nothing is loaded, and the same comparison is the same page", async () => {
  const html = await renderComparisonPage(comparison());
  expect(html).toBe(await renderComparisonPage(comparison()));
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/https?:|url\((?!data:font)|@import|<link|import\(|fetch\(/);
  expect(html.match(/src="(?!data:image\/png;base64,)/)).toBeNull();
});

test("it starts with what is asked for", async () => {
  const html = await renderComparisonPage(comparison(), { view: "map", scale: "row" });
  expect(html).toContain('name="view" value="map" checked');
  expect(html).toContain('name="scale" value="row" checked');
  // A map alone is not smoothed, as in a figure.
  expect(html).toContain('name="smoothing" value="0" checked');
  expect(await renderComparisonPage(comparison())).toContain('name="view" value="overlay" checked');
  await expect(renderComparisonPage({ methods: [], networks: [] })).rejects.toThrow(RangeError);
});

test("a page of signals says samples, not pixels", async () => {
  const { networks, ...rest } = comparison();
  const input = {
    kind: "signal",
    channels: height,
    length: width,
    values: new Float32Array(width * height),
  } as const;
  const signals = networks.map((network) => ({
    ...network,
    pictures: network.pictures.map((picture) => ({ ...picture, input })),
  }));
  const html = await renderComparisonPage({ ...rest, networks: signals });
  expect(html).toContain("Point at a map to read that sample in all maps of the signal");
  expect(html).toContain("The value at a sample is that of the map itself");
  expect(html).not.toContain("read that pixel");
  expect(await renderComparisonPage(comparison())).toContain("read that pixel in all maps of the picture");
});
