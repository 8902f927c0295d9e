import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { evaluatePicture } from "../src/run/picture.ts";
import type { Progress, RunResources } from "../src/run/resources.ts";
import { type RunResult, runEvaluation } from "../src/run/run.ts";
import { openRunFolder } from "../src/store/folder.ts";
import { listParts, readPictures, readValues, unitsDone } from "../src/store/parts.ts";
import { fakeItems, fakePlan, fakeResources } from "./fake-run.mjs";
import { contents, newFolder } from "./folders.ts";

interface Own {
  count?: number;
  unitSize?: number;
  resume?: boolean;
  resources?: RunResources;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

async function run(path: string, own: Own = {}): Promise<RunResult> {
  const { count = 10, unitSize = 4, resume = false, resources = fakeResources(), ...rest } = own;
  const folder = await openRunFolder(path, fakePlan(count, { unitSize }), { resume });
  return runEvaluation({ folder, items: fakeItems(count), open: async () => resources, ...rest });
}

/** Results alone: times differ from run to run. */
function results(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(contents(folder)).filter(([path]) => !path.startsWith("times")));
}

test("every picture has its scores, every metric its numbers for every method", async () => {
  const path = newFolder();
  const log: { method: string; targets: readonly (readonly number[])[] }[] = [];
  const progress: Progress[] = [];
  const result = await run(path, { resources: fakeResources({ log }), onProgress: (p) => progress.push(p) });
  expect(result).toEqual({
    interrupted: false,
    units: { whole: 3, total: 3 },
    pictures: { done: 10, total: 10 },
    lost: [],
  });
  expect(progress.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const pictures = (await Promise.all((await listParts(path, "pictures")).map(readPictures))).flat();
  expect(pictures.map(({ index, image }) => [index, image])).toEqual(
    fakeItems(10).map(({ id }, index) => [index, id]),
  );
  for (const row of pictures) {
    if (row.status === "failed") throw new Error(row.reason);
    expect(row.predictedProbability).toBeGreaterThanOrEqual(row.secondProbability ?? 1);
    expect(row.second).not.toBe(row.predicted);
  }

  const [part = ""] = await listParts(path, "values");
  const values = await readValues(part);
  const of = (index: number) =>
    values.method.flatMap((method, i) =>
      values.index[i] === index ? [`${values.measure[i]} ${method} ${values.parameter[i]}`] : [],
    );
  // Picture 0 has no region; picture 1 has, and is the label that "seldom" speaks of.
  expect(of(0)).toEqual(["rival sum 0", "rival first 0", "rival random 0"]);
  expect(of(1).slice(0, 8)).toEqual([
    "curve chance 25",
    "curve chance 50",
    "curve chance 100",
    "curve sum 25",
    "curve sum 50",
    "curve sum 100",
    "rival sum 0",
    "seldom sum 0",
  ]);
  const first = values.index.indexOf(1);
  expect([...values.weight].slice(first, first + 7)).toEqual([16, 16, 16, 4, 8, 16, 1]);
  // Label and second class in one call; the metric's own call has one.
  const [row] = pictures;
  expect(log[0]).toEqual({ method: "sum", targets: [[0, row?.status === "ok" ? row.second : -1]] });
  expect(log[1]?.targets).toHaveLength(1);
});

test("a picture that cannot be read is written down, with the reason, and the rest goes on", async () => {
  const path = newFolder();
  const progress: Progress[] = [];
  await run(path, { resources: fakeResources({ corrupt: [1, 9] }), onProgress: (p) => progress.push(p) });
  expect(progress.at(-1)).toEqual({ done: 10, total: 10, failed: 2 });
  const [first = "", , last = ""] = await listParts(path, "pictures");
  expect((await readPictures(first))[1]).toEqual({
    index: 1,
    image: "folder/1.png",
    status: "failed",
    reason: 'The picture "/nowhere/folder/1.png" is damaged.',
    label: 1,
  });
  expect((await readPictures(last)).map(({ status }) => status)).toEqual(["ok", "failed"]);
  const [values = ""] = await listParts(path, "values");
  expect(new Set((await readValues(values)).index)).toEqual(new Set([0, 2, 3]));
  // Failures of earlier runs count in the progress of later ones.
  await run(path, { resume: true, onProgress: (p) => progress.push(p) });
  expect(progress.at(-1)).toEqual({ done: 10, total: 10, failed: 2 });
});

test("a picture whose numbers are not finite fails; an error of the runtime stops the run", async () => {
  const path = newFolder();
  const resources = fakeResources();
  const broken = (error: () => number): RunResources => ({
    ...resources,
    metrics: resources.metrics.map((metric) => ({
      ...metric,
      evaluate: async (context) =>
        context.item.item.id === "folder/5.png" && metric.name === "rival"
          ? [{ parameter: 0, value: error() }]
          : metric.evaluate(context),
    })),
  });
  await run(path, { resources: broken(() => Number.NaN) });
  const [, second = ""] = await listParts(path, "pictures");
  expect((await readPictures(second))[1]).toMatchObject({
    status: "failed",
    reason: 'The metric rival gives no finite number for sum at "folder/5.png".',
  });
  const other = newFolder();
  const outOfMemory = () => {
    throw new UserError("run", "onnxruntime failed: no memory");
  };
  await expect(run(other, { resources: broken(outOfMemory) })).rejects.toThrow("no memory");
  expect(await unitsDone(other)).toEqual(new Set([0]));
  const bug = () => {
    throw new TypeError("x is not a function");
  };
  await expect(run(newFolder(), { resources: broken(bug) })).rejects.toThrow(
    'At "folder/5.png": x is not a function',
  );
});

test("a label that the network does not have fails", async () => {
  const path = newFolder();
  const folder = await openRunFolder(path, fakePlan(1), { resume: false });
  const items = fakeItems(1).map((item) => ({ ...item, label: 5 }));
  await runEvaluation({ folder, items, open: async () => fakeResources() });
  const [part = ""] = await listParts(path, "pictures");
  expect((await readPictures(part))[0]).toMatchObject({
    status: "failed",
    reason: '"folder/0.png" has the label 5; the network has the classes 0 to 4.',
  });
});

test("what was whole when an interrupt came stays, and --resume does the rest", async () => {
  const whole = newFolder();
  await run(whole);
  const path = newFolder();
  const stop = new AbortController();
  const result = await run(path, {
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done === 6) stop.abort();
    },
  });
  expect(result).toMatchObject({ interrupted: true, units: { whole: 1, total: 3 }, pictures: { done: 4 } });
  let opened = 0;
  const seen: number[] = [];
  const folder = await openRunFolder(path, fakePlan(10), { resume: true });
  const resumed = await runEvaluation({
    folder,
    items: fakeItems(10),
    open: async () => {
      opened += 1;
      return fakeResources({ atPicture: (place) => seen.push(place) });
    },
  });
  expect(resumed).toMatchObject({ interrupted: false, units: { whole: 3, total: 3 } });
  expect(opened).toBe(1);
  expect(seen).toEqual([4, 5, 6, 7, 8, 9]);
  expect(results(path)).toEqual(results(whole));
});

test("an interrupt ends within a picture too, before the next run of the network", async () => {
  const path = newFolder();
  const stop = new AbortController();
  const explained: string[] = [];
  const resources = fakeResources();
  const methods = resources.methods.map((method): (typeof resources.methods)[number] => ({
    ...method,
    async explain(pictures, targets) {
      explained.push(method.name);
      if (explained.length === 8) stop.abort();
      return method.explain(pictures, targets);
    },
  }));
  const done: number[] = [];
  const result = await run(path, {
    resources: { ...resources, methods },
    signal: stop.signal,
    onProgress: (progress) => done.push(progress.done),
  });
  // For each picture three methods explain it, and again what a metric makes of it: the eighth call is in the second picture.
  expect(explained).toHaveLength(8);
  expect(done.at(-1)).toBe(1);
  expect(result).toMatchObject({ interrupted: true, pictures: { done: 0 } });
});

test("wherever a run is cut, --resume ends with the same files", async () => {
  const whole = newFolder();
  await run(whole);
  // In the order in which they were written, each possibly half-written.
  const files = ["plan.json"];
  for (const unit of ["00000", "00001", "00002"]) {
    for (const kind of ["values", "times", "pictures"]) files.push(`${kind}/part-${unit}.parquet`);
  }
  for (let cut = 0; cut <= files.length; cut += 1) {
    const path = newFolder();
    for (const name of files.slice(0, cut + 1)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      if (name !== files[cut]) copyFileSync(join(whole, name), join(path, name));
    }
    const half = files[cut];
    if (half !== undefined) {
      const bytes = readFileSync(join(whole, half));
      writeFileSync(join(path, `${half}.0123abcd.tmp`), bytes.subarray(0, bytes.length / 2));
    }
    await run(path, { resume: true });
    expect(results(path)).toEqual(results(whole));
  }
});

test("the network waits for no more pictures than it must, and few are held", async () => {
  const inside = { now: 0, most: 0 };
  const resources = fakeResources();
  const prepare = async (item: Parameters<RunResources["prepare"]>[0]) => {
    inside.now += 1;
    inside.most = Math.max(inside.most, inside.now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    return resources.prepare(item);
  };
  const onProgress = ({ done }: Progress) => {
    if (done > 0) inside.now -= 1;
  };
  await run(newFolder(), { count: 40, resources: { ...resources, prepare }, onProgress });
  expect(inside).toEqual({ now: 0, most: 5 });
});

test("another number of pictures than the plan's is refused", async () => {
  const folder = await openRunFolder(newFolder(), fakePlan(10), { resume: false });
  await expect(
    runEvaluation({ folder, items: fakeItems(9), open: async () => fakeResources() }),
  ).rejects.toThrow(
    "The data set has 9 pictures, but had 10 when the run was started. Start a new run in another folder.",
  );
});

test("ties of scores go to the lower class; a network of one class has no second one", async () => {
  const resources = fakeResources();
  const [item] = fakeItems(1);
  if (item === undefined) throw new Error("no item");
  const prepared = { item, data: new Float32Array(16), inside: undefined };
  const clock = <T>(_: string, work: () => Promise<T>) => work();
  const even = await evaluatePicture(resources, prepared, 1, clock);
  expect(even.scores).toMatchObject({ predicted: 0, second: 1, predictedProbability: 0.2 });
  const { scorer } = resources;
  const one: RunResources = {
    ...resources,
    scorer: {
      ...scorer,
      head: { ...scorer.head, classes: 1 },
      score: async () => [{ logits: Float32Array.of(-3), probabilities: Float64Array.of(0.04) }],
    },
  };
  const { scores, values } = await evaluatePicture(one, prepared, 1, clock);
  expect(scores).toMatchObject({ predicted: 0, second: undefined, labelProbability: 0.04 });
  expect(values.filter(({ measure }) => measure === "rival")).toEqual([]);
});

test("what is opened must be what was planned", async () => {
  const resources = fakeResources();
  const without = { ...resources, methods: resources.methods.slice(1) };
  await expect(run(newFolder(), { resources: without })).rejects.toThrow(
    "The plan has sum, first, random, but first, random were opened.",
  );
  const path = newFolder();
  const named = fakePlan(1, { methods: [{ name: "chance", parameters: {} }] });
  const folder = await openRunFolder(path, named, { resume: false });
  const methods = resources.methods.slice(1, 2).map((method) => ({ ...method, name: "chance" }));
  await expect(
    runEvaluation({ folder, items: fakeItems(1), open: async () => ({ ...resources, methods }) }),
  ).rejects.toThrow("none may be called chance");
});
