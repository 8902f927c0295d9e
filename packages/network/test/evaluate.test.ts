/** Methods measured on a data set by a program: as the command measures them, as data. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type EvaluationProgress, type Network, openNetwork } from "../src/index.ts";

let network: Network;

beforeAll(async () => {
  network = await openNetwork("vgg", { threads: 1 });
});

afterAll(() => network.close());

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "run");
}

const quick = { methods: ["gradient", "random"], metrics: ["pointing-one"] } as const;

test("evaluate can be ended by a signal and resumed, and gives summary and report", async () => {
  const folder = newFolder();
  const stop = new AbortController();
  const reason = new Error("enough");
  const ended = network.evaluate("scenes:3", {
    ...{ folder, ...quick, signal: stop.signal },
    onProgress: ({ done }) => (done === 3 ? stop.abort(reason) : undefined),
  });
  await expect(ended).rejects.toBe(reason);
  await expect(network.evaluate("scenes:3", { folder, ...quick })).rejects.toThrow("already holds a run");

  const steps: EvaluationProgress[] = [];
  const { summary, files, pictures } = await network.evaluate("scenes:3", {
    ...{ folder, ...quick, resume: true },
    onProgress: (progress) => steps.push(progress),
  });
  expect(steps[0]?.done).toBeGreaterThan(0);
  expect(steps.at(-1)).toEqual({ stage: "pictures", done: 6, total: 6, failed: 0 });
  expect(pictures).toEqual({ done: 6, total: 6 });
  expect(summary.pictures).toMatchObject({ ok: 6, failed: 0 });
  const [metric] = summary.measures;
  expect(metric?.methods.map(({ method, n }) => [method, n])).toEqual([
    ["gradient", 6],
    ["random", 6],
  ]);
  expect(JSON.parse(readFileSync(files.summary, "utf8")).measures[0].name).toBe("pointing-one");
  const report = readFileSync(files.report, "utf8");
  expect(report).toContain("await network.evaluate(&quot;scenes:3&quot;, {");
});

test("evaluate refuses what cannot be meant", async () => {
  const folder = newFolder();
  const errorOf = (options: object) => network.evaluate("scenes:2", { folder, ...quick, ...options });
  await expect(errorOf({ workers: 0 })).rejects.toThrow("workers must be an integer of at least 1; got 0.");
  await expect(errorOf({ sample: 1 })).rejects.toThrow("set their number with limit");
  await expect(errorOf({ methods: ["sglrq"] })).rejects.toThrow('There is no method "sglrq"');
  await expect(errorOf({ metrics: ["pointing"] })).rejects.toThrow('There is no metric "pointing"');
  await expect(network.evaluate("nowhere", { folder, ...quick })).rejects.toThrow("There is no data set");
});
