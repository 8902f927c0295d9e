import sharp from "sharp";
import { expect, test } from "vitest";
import { axisAt, niceAxis } from "../src/chart/axis.ts";
import { lineOf } from "../src/chart/lines.ts";
import { type Chart, type ChartPoint, renderLineChart } from "../src/index.ts";

const line = (name: string, points: readonly ChartPoint[]) => ({ name, points });
const sizes = [1, 3, 5, 7, 9];
const chart: Chart = {
  title: "Change of probability",
  x: { label: "patch size (pixels)" },
  y: { label: "change of probability" },
  series: ["sglrp", "lrp"].map((name, k) =>
    line(
      name,
      sizes.map((x) => ({
        x,
        y: -0.01 * x * (k + 1),
        low: -0.011 * x * (k + 1),
        high: -0.009 * x * (k + 1),
      })),
    ),
  ),
  level: { name: "chance", y: 0 },
};

/** sharp's reader refuses what is no well-formed XML. */
async function sizeOf(svg: string) {
  const { width, height, format } = await sharp(Buffer.from(svg)).metadata();
  expect(format).toBe("svg");
  return { width, height };
}

const texts = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
const numbers = (path: string) => [...path.matchAll(/-?\d+(\.\d+)?/g)].map(([number]) => Number(number));

test("ticks are nice numbers that enclose what is to be seen", () => {
  const of = (values: number[], wanted = 5) => niceAxis(values, wanted, true).ticks.map(({ text }) => text);
  expect(of([0, 1])).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  expect(of([0.13, 0.97])).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  expect(of([-0.3, 0.1])).toEqual(["−0.3", "−0.2", "−0.1", "0", "0.1"]);
  expect(of([3, 41])).toEqual(["0", "10", "20", "30", "40", "50"]);
  expect(of([1200, 5100])).toEqual(["1000", "2000", "3000", "4000", "5000", "6000"]);
  expect(of([2e-9, 9e-9])[0]).toBe("2.0e−9");
  for (const values of [[], [5], [0], [Number.NaN], [Number.POSITIVE_INFINITY, 2], [-7, -7]]) {
    const axis = niceAxis(values, 5, true);
    expect(axis.to).toBeGreaterThan(axis.from);
    expect(axis.ticks.length).toBeGreaterThan(2);
    expect(axis.ticks.length).toBeLessThan(12);
  }
  const inner = niceAxis([1, 100], 8, false);
  expect([inner.from, inner.to]).toEqual([1, 100]);
  expect(inner.ticks.map(({ value }) => value)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});

test("few places on the axis are its ticks", () => {
  expect(axisAt([...sizes, ...sizes])?.ticks.map(({ text }) => text)).toEqual(["1", "3", "5", "7", "9"]);
  expect(axisAt(Array.from({ length: 100 }, (_, i) => i))).toBeUndefined();
  expect(axisAt([0, 0.1, 100])).toBeUndefined();
  expect(axisAt([4, 4])).toBeUndefined();
});

test("a chart is an SVG of its size that names all it shows", async () => {
  const svg = renderLineChart(chart);
  const { width, height } = await sizeOf(svg);
  expect([width, height]).toEqual([760, 480]);
  expect(texts(svg)).toEqual(
    expect.arrayContaining([
      "Change of probability",
      "patch size (pixels)",
      "sglrp",
      "lrp",
      "chance",
      "1",
      "9",
    ]),
  );
  expect(svg).toContain("<title>sglrp, 5: −0.05 (−0.055 to −0.045)</title>");
  expect(svg).toContain("@font-face");
  const inPage = renderLineChart(chart, { alone: false, width: 400, height: 300 });
  expect(inPage).not.toContain("@font-face");
  expect((await sizeOf(inPage)).width).toBe(400);
  expect(renderLineChart(chart)).toBe(svg);
});

test("points lie where their numbers say, within their intervals", () => {
  const svg = renderLineChart(chart);
  const [, sglrp = ""] = /<title>sglrp<\/title><path d="([^"]+)"/.exec(svg) ?? [];
  const points = numbers(sglrp);
  expect(points).toHaveLength(10);
  const [xs, ys] = [points.filter((_, i) => i % 2 === 0), points.filter((_, i) => i % 2 === 1)];
  const [x0 = 0, , , , x9 = 0] = xs;
  xs.forEach((x, i) => {
    expect(x).toBeCloseTo(x0 + ((x9 - x0) * i) / 4, 0);
  });
  const steps = ys.slice(1).map((y, i) => y - (ys[i] ?? 0));
  for (const step of steps) expect(step).toBeCloseTo(steps[0] ?? 0, 0);
  const bands = [...svg.matchAll(/<path class="band s0" d="([^"]+)"/g)].map(([, d = ""]) => numbers(d));
  const band = bands[0] ?? [];
  expect(band).toHaveLength(20);
  for (let i = 0; i < 5; i++) {
    expect(band[2 * i + 1]).toBeLessThan(ys[i] ?? 0);
    expect(band[19 - 2 * i]).toBeGreaterThan(ys[i] ?? 0);
  }
});

test("lines are told apart without colour", () => {
  const svg = renderLineChart(chart);
  const lines = [...svg.matchAll(/<title>(?:sglrp|lrp)<\/title><path [^>]*>/g)].map(([path]) => path);
  expect(lines[0]).not.toContain("stroke-dasharray");
  expect(lines[1]).toContain("stroke-dasharray");
  const looks = Array.from({ length: 56 }, (_, i) => lineOf("", i)).map(
    ({ colour, dashes }) => `${colour} ${dashes}`,
  );
  expect(new Set(looks).size).toBe(56);
});

test("gaps, single points, missing intervals, nothing at all", async () => {
  const gap = line("gap", [
    { x: 1, y: 1, low: 0, high: 2 },
    { x: 3, y: Number.NaN },
    { x: 5, y: 2 },
    { x: 7, y: 3, low: 2, high: 4 },
    { x: 9, y: 4, low: Number.NaN, high: 5 },
  ]);
  // In a page, without the font, whose letters may spell anything.
  const svg = renderLineChart({ ...chart, series: [gap] }, { alone: false });
  await sizeOf(svg);
  expect(svg).not.toContain("NaN");
  const [, path = ""] = /<title>gap<\/title><path d="([^"]+)"/.exec(svg) ?? [];
  expect(path.match(/M/g)).toHaveLength(2);
  for (const series of [[], [line("none", [])], [line("one", [{ x: 3, y: 0.5 }])]]) {
    const odd = renderLineChart({ x: chart.x, y: chart.y, series }, { alone: false });
    await sizeOf(odd);
    expect(odd).not.toMatch(/NaN|Infinity|undefined/);
  }
});

test("a hundred points have shapes at some, and a crossing has its words", async () => {
  const many = ["a", "b"].map((name, k) =>
    line(
      name,
      Array.from({ length: 100 }, (_, i) => ({ x: i + 1, y: k === 0 ? i / 100 : 1 - i / 100 })),
    ),
  );
  const svg = renderLineChart({ ...chart, series: many, marks: [{ x: 51, y: 0.5, label: "51 %" }] });
  await sizeOf(svg);
  expect(svg.match(/<title>a, /g)?.length).toBeGreaterThan(5);
  expect(svg.match(/<title>a, /g)?.length).toBeLessThan(20);
  expect(texts(svg)).toContain("51 %");
});

test("words are words", async () => {
  const word = `<script>alert(1)</script> & "quoted" 'x' \u0000`;
  const svg = renderLineChart({
    title: word,
    x: { label: word },
    y: { label: word },
    series: [line(word, [{ x: 1, y: 2 }]), line("long ".repeat(80), [{ x: 2, y: 3 }])],
    level: { name: word, y: 1 },
    marks: [{ x: 1, y: 2, label: word }],
  });
  await sizeOf(svg);
  expect(svg).not.toContain("<script");
});
