import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Progress } from "../src/run/resources.ts";
import { runEvaluation } from "../src/run/run.ts";
import { runWorkers } from "../src/run/workers.ts";
import { openRunFolder } from "../src/store/folder.ts";
import { unitsDone } from "../src/store/parts.ts";
import { bundlePrograms } from "./bundle-programs.ts";
import { fakeItems, fakePlan, fakeResources } from "./fake-run.mjs";
import { contents, newFolder } from "./folders.ts";

let programs: string;
beforeAll(async () => {
  programs = await bundlePrograms();
}, 60_000);
afterAll(() => rmSync(programs, { recursive: true, force: true }));

interface Payload {
  count: number;
  corrupt?: readonly number[];
  wait?: number;
  dieAt?: number;
  dieOnce?: string;
  dieFirst?: boolean;
  /** A file that a process leaves half-written when it dies. */
  leave?: string;
  refuse?: string;
}

async function start(
  path: string,
  payload: Payload,
  {
    workers = 2,
    resume = false,
    signal,
    stopAt,
  }: {
    workers?: number;
    resume?: boolean;
    signal?: AbortController;
    stopAt?: number;
  } = {},
) {
  const folder = await openRunFolder(path, fakePlan(payload.count), { resume });
  const progress: Progress[] = [];
  const notices: string[] = [];
  const result = await runWorkers({
    folder,
    workers,
    entry: pathToFileURL(join(programs, "fake-worker.mjs")),
    payload,
    // Not Vitest's.
    execArgv: [],
    signal: signal?.signal,
    onProgress: (now) => {
      progress.push(now);
      if (now.done === stopAt) signal?.abort();
    },
    onNotice: (sentence) => notices.push(sentence),
  });
  return { result, progress, notices };
}

async function alone(count: number, corrupt: readonly number[] = []): Promise<Record<string, string>> {
  const path = newFolder();
  const folder = await openRunFolder(path, fakePlan(count), { resume: false });
  await runEvaluation({ folder, items: fakeItems(count), open: async () => fakeResources({ corrupt }) });
  return results(path);
}

function results(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(contents(folder)).filter(([path]) => !path.startsWith("times")));
}

test("several processes write what one writes", async () => {
  const path = newFolder();
  const { result, progress, notices } = await start(path, { count: 41, corrupt: [7, 20] }, { workers: 3 });
  expect(result).toEqual({
    interrupted: false,
    units: { whole: 11, total: 11 },
    pictures: { done: 41, total: 41 },
    lost: [],
  });
  expect(notices).toEqual([]);
  expect(progress[0]).toEqual({ done: 0, total: 41, failed: 0 });
  expect(progress.at(-1)).toEqual({ done: 41, total: 41, failed: 2 });
  expect(results(path)).toEqual(await alone(41, [7, 20]));
  const again = await start(path, { count: 41 }, { resume: true });
  expect(again.progress).toEqual([{ done: 41, total: 41, failed: 2 }]);
});

test("the units of a killed process are tried by another", async () => {
  const path = newFolder();
  const dieOnce = join(path, "..", "died");
  const leave = join(path, "values", "part-00003.parquet.0123abcd.tmp");
  const { result, progress, notices } = await start(path, { count: 30, dieAt: 13, dieOnce, wait: 2, leave });
  expect(existsSync(dieOnce)).toBe(true);
  // Picture 14 is decoded while one of the unit before it is worked on, or with its own unit; the next unit may be held already.
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(
    /^A worker process died \(SIGKILL\) at .*pictures 13 to 16( and pictures 17 to 20)?; another one tries them again\.$/,
  );
  expect(result).toMatchObject({ pictures: { done: 30, total: 30 }, lost: [] });
  expect(progress.at(-1)).toEqual({ done: 30, total: 30, failed: 0 });
  expect(results(path)).toEqual(await alone(30));
});

test("pictures that kill two processes are left out and reported, and tried again when resumed", async () => {
  const path = newFolder();
  const { result, notices } = await start(path, { count: 30, dieAt: 14 });
  expect(notices).toHaveLength(2);
  expect(notices[1]).toBe("A worker process died (SIGKILL) at pictures 13 to 16 again; they are left out.");
  expect(result).toMatchObject({ interrupted: false, pictures: { done: 26, total: 30 }, lost: [3] });
  const { result: rest } = await start(path, { count: 30 }, { resume: true });
  expect(rest).toMatchObject({ pictures: { done: 30 }, lost: [] });
  expect(results(path)).toEqual(await alone(30));
});

test("an interrupt ends all processes after their pictures", async () => {
  const path = newFolder();
  const signal = new AbortController();
  const { result } = await start(path, { count: 400, wait: 5 }, { signal, stopAt: 20 });
  expect(result.interrupted).toBe(true);
  expect(result.pictures.done).toBeLessThan(100);
  expect((await unitsDone(path)).size).toBe(result.units.whole);
  expect(Object.keys(contents(path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("what a process cannot open stops the run with its sentence", async () => {
  const path = newFolder();
  await expect(start(path, { count: 30, refuse: "The model is damaged." })).rejects.toMatchObject({
    name: "UserError",
    kind: "model",
    message: "The model is damaged.",
  });
  await expect(start(newFolder(), { count: 30, dieFirst: true })).rejects.toThrow(
    "The worker processes end before their first picture. Set the option workers to 1.",
  );
  expect(readFileSync(join(path, "plan.json"), "utf8")).toContain('"format": 1');
});
