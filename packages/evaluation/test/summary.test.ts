import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { runEvaluation } from "../src/run/run.ts";
import { openRunFolder } from "../src/store/folder.ts";
import { writeUnit } from "../src/store/parts.ts";
import type { PictureRow, ValueRow } from "../src/store/rows.ts";
import { type Summary, summarize } from "../src/summary/summarize.ts";
import { summaryCsv, writeSummary } from "../src/summary/write.ts";
import type { Item } from "../src/types.ts";
import { fakeItems, fakeMetrics, fakePlan, fakeResources } from "./fake-run.mjs";
import { contents, newFolder } from "./folders.ts";

const options = { metrics: fakeMetrics, replicates: 200 };

async function evaluated(unitSize: number, items: readonly Item[] = fakeItems(30)): Promise<string> {
  const path = newFolder();
  const folder = await openRunFolder(path, fakePlan(items.length, { unitSize }), { resume: false });
  await runEvaluation({ folder, items, open: async () => fakeResources({ corrupt: [4, 17] }) });
  return path;
}

/** Without what differs between two runs in any case. */
function results({ times: _, plan: __, ...rest }: Summary): Omit<Summary, "times" | "plan"> {
  return rest;
}

function picture(index: number, more: Partial<Extract<PictureRow, { status: "ok" }>> = {}): PictureRow {
  return {
    index,
    image: `${index}.png`,
    status: "ok",
    label: 1,
    labelProbability: 0.5,
    predicted: 1,
    predictedProbability: 0.5,
    second: 2,
    secondProbability: 0.2,
    quantizedDifference: undefined,
    ...more,
  };
}

function values(
  measure: string,
  method: string,
  table: Record<number, readonly number[]>,
  weight = 1,
): ValueRow[] {
  return Object.entries(table).flatMap(([index, row]) =>
    row.map((value, i) => ({
      index: Number(index),
      image: `${index}.png`,
      method,
      measure,
      parameter: [25, 50, 100][i] ?? -1,
      value,
      weight: weight * (Number(index) + 1),
    })),
  );
}

/** Three pictures, two methods, worked out below. */
const table: ValueRow[] = [
  ...values("curve", "sum", { 0: [0.9, 0.5, 0.1], 1: [0.7, 0.5, 0.3], 3: [0.8, 0.2, 0.2] }),
  ...values("curve", "first", { 0: [0.5, 0.5, 0.5], 1: [0.1, 0.3, 0.5] }),
  ...values("curve", "chance", { 0: [0.2, 0.2, 0.2], 1: [0.4, 0.4, 0.4], 3: [0, 0, 0] }),
];
const pictures: PictureRow[] = [
  picture(0),
  picture(1, { predicted: 3, quantizedDifference: 0.25 }),
  { index: 2, image: "2.png", status: "failed", reason: "It is cut off.", label: 0 },
  picture(3, { quantizedDifference: 0.125 }),
];

test("methods may have names that every object of JavaScript knows", async () => {
  const summaryOf = async (names: ReadonlyMap<string, string>) => {
    const folder = newFolder();
    const named = (name: string) => names.get(name) ?? name;
    const plan = fakePlan(6);
    const methods = plan.methods.map((method) => ({ ...method, name: named(method.name) }));
    await openRunFolder(folder, { ...plan, methods }, { resume: false });
    const renamed = table.map((row) => ({ ...row, method: named(row.method) }));
    await writeUnit(folder, 0, { values: renamed, pictures, times: [] });
    const { measures } = await summarize(folder, options);
    return measures.map(({ methods, examples }) => ({
      figures: methods.map(({ method: _, difference, ...figures }) => [figures, difference?.value]),
      best: examples.best.map(({ index, values }) => [
        index,
        Object.entries(values).map(([, value]) => value),
      ]),
    }));
  };
  const plain = await summaryOf(new Map());
  expect(plain[0]?.best).not.toEqual([]);
  const names = new Map([
    ["sum", "__proto__"],
    ["first", "constructor"],
  ]);
  expect(await summaryOf(names)).toEqual(plain);
});

test("figures worked out by hand", async () => {
  const folder = newFolder();
  await openRunFolder(folder, fakePlan(6), { resume: false });
  await writeUnit(folder, 0, {
    values: table,
    pictures,
    times: [{ step: "score", seconds: 1.5, pictures: 3 }],
  });
  const summary = await summarize(folder, options);
  expect(summary.pictures).toEqual({
    planned: 6,
    ok: 3,
    failed: 1,
    missing: 2,
    correct: 2,
    quantizedDifference: 0.25,
  });
  expect(summary.failures).toEqual([{ image: "2.png", reason: "It is cut off." }]);
  expect(summary.times).toEqual({ seconds: 1.5, steps: [{ step: "score", seconds: 1.5, pictures: 3 }] });
  expect(summary.measures.map(({ name, title }) => [name, title])).toEqual([
    ["curve", "A curve"],
    ["rival", "rival"],
    ["seldom", "seldom"],
  ]);
  const group = { title: "Fakes", note: "They see pixels alone." };
  expect(summary.measures.map((measure) => measure.group)).toEqual([group, group, group]);

  const [curve, rival] = summary.measures;
  const [sum, first, random] = curve?.methods ?? [];
  expect(sum?.points.map(({ n, mean }) => [n, mean.value.toFixed(6)])).toEqual([
    [3, "0.800000"],
    [3, "0.400000"],
    [3, "0.200000"],
  ]);
  // Weights 1, 2, 4: (0.9 + 2 * 0.7 + 4 * 0.8) / 7.
  expect(sum?.points[0]?.pooled?.value).toBeCloseTo(5.5 / 7, 12);
  // The headline is the curve's largest value.
  expect(sum?.headline?.value).toBeCloseTo(0.8, 12);
  expect(sum).toMatchObject({ n: 3, leftOut: 0, difference: null });
  expect(first).toMatchObject({ n: 2, leftOut: 1 });
  // Over the two pictures of both: 0.5 - 0.9 and 0.5 - 0.7.
  // Two pictures are too few, although the interval does not contain 0.
  expect(first?.difference).toMatchObject({ to: "sum", n: 2, significant: false });
  expect(first?.difference?.value).toBeCloseTo(-0.3, 12);
  expect(first?.difference?.low).toBeCloseTo(-0.4, 12);
  expect(first?.difference?.high).toBeCloseTo(-0.2, 12);
  expect(random).toEqual({
    method: "random",
    n: 0,
    leftOut: 3,
    headline: null,
    difference: null,
    points: [],
  });
  expect(curve?.chance?.points[1]?.mean.value).toBeCloseTo(0.2, 12);
  // Means 0.4 and 0.4 at 50, 0.8 over 0.3 before, 0.2 under 0.5 after.
  const crossing = curve?.crossings.find(({ figure }) => figure === "mean");
  expect(crossing).toMatchObject({ a: "sum", b: "first", after: "below" });
  expect(crossing?.value).toBeCloseTo(50, 9);
  // 0.9, 0.7 and 0.8, less 0.2, 0.4 and 0 by chance.
  expect(curve?.examples.best.map(({ image }) => image)).toEqual(["3.png", "0.png", "1.png"]);
  expect(curve?.examples.worst.map(({ image }) => image)).toEqual(["1.png", "0.png", "3.png"]);
  expect(curve?.examples.disagree).toEqual([
    { index: 0, image: "0.png", values: { sum: 0.9, first: 0.5 }, chance: 0.2 },
    { index: 1, image: "1.png", values: { sum: 0.7, first: 0.5 }, chance: 0.4 },
  ]);
  expect(rival?.methods.map(({ n, leftOut }) => [n, leftOut])).toEqual([
    [0, 3],
    [0, 3],
    [0, 3],
  ]);
  expect(rival?.chance).toBe(null);

  await writeSummary(folder, summary);
  expect(JSON.parse(readFileSync(join(folder, "summary.json"), "utf8"))).toEqual(summary);
  const lines = readFileSync(join(folder, "summary.csv"), "utf8").split("\n");
  expect(lines[0]).toBe("measure,method,parameter,n,left_out,mean,low,high,pooled,pooled_low,pooled_high");
  expect(lines[2]?.split(",").slice(0, 5)).toEqual(["curve", "sum", "25", "3", "0"]);
  expect(lines.find((line) => line.startsWith("curve,chance,50,3,,0.2"))).toBeDefined();
  expect(lines.find((line) => line.startsWith("rival,sum"))).toBe("rival,sum,,0,3,,,,,,");
});

test("a single picture has no interval", async () => {
  const folder = newFolder();
  await writeUnit(folder, 0, {
    values: values("curve", "sum", { 0: [1] }),
    pictures: [picture(0)],
    times: [],
  });
  const { measures } = await summarize(folder, options);
  expect(measures[0]?.methods[0]?.headline).toEqual({ value: 1, low: null, high: null });
});

test("the size of units does not matter", async () => {
  const [one, ...others] = await Promise.all(
    [1, 4, 7, 30, 100].map(async (unitSize) => results(await summarize(await evaluated(unitSize), options))),
  );
  expect(one?.pictures).toMatchObject({ planned: 30, ok: 28, failed: 2, missing: 0 });
  expect(one?.measures.map(({ methods }) => methods[0]?.n)).toEqual([18, 28, 6]);
  for (const other of others) expect(JSON.stringify(other)).toBe(JSON.stringify(one));
});

test("the order of pictures does not matter", async () => {
  const items = fakeItems(30);
  const forth = await summarize(await evaluated(4, items), options);
  const back = await summarize(await evaluated(4, items.toReversed()), options);
  const flat = ({ measures: metrics }: Summary) =>
    metrics.flatMap(({ methods, chance }) =>
      [...methods, ...(chance ? [chance] : [])].flatMap(({ n, headline, points }) => [
        n,
        headline?.value ?? 0,
        headline?.low ?? 0,
        headline?.high ?? 0,
        ...points.flatMap(({ mean, pooled }) => [mean.low, mean.high, pooled?.low, pooled?.high]),
      ]),
    );
  const [a, b] = [flat(forth), flat(back)];
  expect(a.length).toBeGreaterThan(60);
  for (const [i, value] of a.entries()) expect(b[i] ?? 0).toBeCloseTo(value ?? 0, 10);
});

test("an interrupted and resumed run has the same summary, byte for byte, but for times", async () => {
  const whole = await evaluated(4);
  const path = newFolder();
  for (let round = 0; round < 40; round += 1) {
    const folder = await openRunFolder(path, fakePlan(30, { unitSize: 4 }), { resume: round > 0 });
    const stop = new AbortController();
    let pictures = 0;
    const { interrupted } = await runEvaluation({
      folder,
      items: fakeItems(30),
      open: async () => fakeResources({ corrupt: [4, 17] }),
      signal: stop.signal,
      onProgress: () => {
        pictures += 1;
        if (pictures > 6) stop.abort();
      },
    });
    if (!interrupted) break;
  }
  const texts = await Promise.all(
    [whole, path].map(async (folder) => {
      await writeSummary(folder, { ...(await summarize(folder, options)), times: { seconds: 0, steps: [] } });
      return [readFileSync(join(folder, "summary.json"), "utf8"), contents(folder)["summary.csv"]];
    }),
  );
  expect(texts[1]).toEqual(texts[0]);
});

test("values of a unit without its pictures do not count", async () => {
  const path = await evaluated(10);
  const before = results(await summarize(path, options));
  rmSync(join(path, "pictures", "part-00001.parquet"));
  const cut = await summarize(path, options);
  expect(cut.pictures).toMatchObject({ ok: 19, failed: 1, missing: 10 });
  expect(cut.measures[1]?.methods[0]?.n).toBe(19);
  const folder = await openRunFolder(path, fakePlan(30, { unitSize: 10 }), { resume: true });
  await runEvaluation({
    folder,
    items: fakeItems(30),
    open: async () => fakeResources({ corrupt: [4, 17] }),
  });
  expect(results(await summarize(path, options))).toEqual(before);
});

describe("results made elsewhere", () => {
  /** As Python writes them: 64-bit numbers, missing ones as NaN or null, names of its own. */
  function foreign(path: string, rows: readonly ValueRow[]): void {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "value", data: rows.map(({ value }) => value), type: "DOUBLE" },
        { name: "index", data: rows.map(({ index }) => BigInt(index)), type: "INT64" },
        { name: "image", data: rows.map(({ image }) => image), type: "STRING" },
        { name: "method", data: rows.map(({ method }) => method), type: "STRING" },
        { name: "measure", data: rows.map(({ measure }) => measure), type: "STRING" },
        { name: "parameter", data: rows.map(({ parameter }) => BigInt(parameter)), type: "INT64" },
        { name: "weight", data: rows.map(({ weight }) => weight), type: "DOUBLE" },
        { name: "node", data: rows.map(() => "a"), type: "STRING" },
      ],
    });
    writeFileSync(path, new Uint8Array(bytes));
  }

  function foreignPictures(path: string, rows: readonly PictureRow[]): void {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "index", data: rows.map(({ index }) => BigInt(index)), type: "INT64" },
        { name: "image", data: rows.map(({ image }) => image), type: "STRING" },
        { name: "status", data: rows.map(({ status }) => status), type: "STRING" },
        { name: "reason", data: rows.map((row) => ("reason" in row ? row.reason : null)), type: "STRING" },
        { name: "label", data: rows.map(({ label }) => BigInt(label)), type: "INT64" },
        { name: "label_probability", data: rows.map(() => 0.5), type: "DOUBLE" },
        ...["predicted", "predicted_probability", "second", "second_probability"].map((name) => ({
          name,
          data: rows.map((row) =>
            row.status === "ok" ? (name === "predicted" ? row.predicted : 0.5) : Number.NaN,
          ),
          type: "DOUBLE" as const,
        })),
      ],
    });
    writeFileSync(path, new Uint8Array(bytes));
  }

  test("summarize the same: other names and types, rows out of order, a picture in two files, no plan", async () => {
    const own = newFolder();
    await writeUnit(own, 0, { values: table, pictures, times: [] });
    const path = newFolder();
    mkdirSync(join(path, "values"), { recursive: true });
    mkdirSync(join(path, "pictures"), { recursive: true });
    const byIndex = table.toSorted((a, b) => a.index - b.index);
    const cut = byIndex.findIndex(({ index }) => index === 1) + 2;
    foreign(join(path, "values", "3a_000000.parquet"), byIndex.slice(0, cut).reverse());
    foreign(join(path, "values", "3a_000001.parquet"), byIndex.slice(cut));
    foreignPictures(join(path, "pictures", "b7_000001.parquet"), pictures.slice(2));
    foreignPictures(join(path, "pictures", "b7_000002.parquet"), pictures.slice(0, 2));
    const [a, b] = [await summarize(own, options), await summarize(path, options)];
    expect(b.plan).toBe(null);
    const difference = { ...a.pictures, quantizedDifference: null };
    expect(b.pictures).toEqual(difference);
    // Without a plan the order of methods is that of their first rows.
    const byName = ({ measures: metrics }: Summary) =>
      metrics[0]?.methods.map(({ method, n, headline, points }) => ({ method, n, headline, points }));
    expect(new Set(byName(b)?.map((entry) => JSON.stringify(entry)))).toEqual(
      new Set(byName(a)?.map((entry) => JSON.stringify(entry))),
    );
    expect(b.measures[0]?.chance).toEqual(a.measures[0]?.chance);
  });

  test("with a picture twice are refused", async () => {
    const path = newFolder();
    await writeUnit(path, 0, { values: table, pictures, times: [] });
    foreignPictures(join(path, "pictures", "again.parquet"), pictures.slice(1, 2));
    await expect(summarize(path, options)).rejects.toThrow(/Picture 1 \("1.png"\) is in the results twice/);
  });

  test("with rows twice are refused", async () => {
    const path = newFolder();
    await writeUnit(path, 0, { values: table, pictures, times: [] });
    foreign(join(path, "values", "again.parquet"), table.slice(3, 4));
    await expect(summarize(path, options)).rejects.toThrow(
      /Rows of picture 1 \("1.png"\) are in several files/,
    );
    renameSync(join(path, "values", "again.parquet"), join(path, "values", "part-00000.parquet"));
    foreign(join(path, "values", "part-00000.parquet"), [...table, ...table.slice(0, 1)]);
    await expect(summarize(path, options)).rejects.toThrow(/has two values of curve for sum at 25/);
  });

  test("of nothing are refused", async () => {
    await expect(summarize(newFolder(), options)).rejects.toThrow(/holds no results/);
  });
});

test("names with commas and quotes stay one field", () => {
  const point = { value: 1, low: null, high: null };
  const csv = summaryCsv({
    measures: [
      {
        name: 'a,"b"',
        methods: [{ method: "m", n: 1, leftOut: 0, headline: point, points: [], difference: null }],
        chance: null,
      },
    ],
  } as unknown as Summary);
  expect(csv.split("\n")[1]).toBe('"a,""b""",m,,1,0,1,,,,,');
});
