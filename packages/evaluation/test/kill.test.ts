/** `kill -9` at random moments of a real process; what is resumed equals what ran through. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "@onnx-lrp/core/internal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundlePrograms } from "./bundle-programs.ts";
import { contents, newFolder } from "./folders.ts";

let programs: string;
beforeAll(async () => {
  programs = await bundlePrograms();
}, 60_000);
afterAll(() => rmSync(programs, { recursive: true, force: true }));

const count = 40;
/** Some seconds on an idle machine, most of which Node takes to start. */
const timeout = 240_000;

/** When a process is killed: milliseconds after its work begins, or once so many of its units are done. */
type Moment = { readonly after: number } | { readonly units: number };

interface Settings {
  readonly kill?: Moment;
  /** Milliseconds that a picture takes. */
  readonly wait?: number;
  /** How many processes of its own it has; without them it does the work itself. */
  readonly workers?: number;
}

/**
 * @returns whether it came to its end, and how long its work took
 */
function launch(
  path: string,
  { kill, wait = 3, workers }: Settings = {},
): Promise<{ ended: boolean; milliseconds: number }> {
  const numbers = [count, wait, ...(workers === undefined ? [] : [workers])].map(String);
  const child = spawn(process.execPath, [join(programs, "fake-main.mjs"), path, ...numbers], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let begin = performance.now();
  let timer: NodeJS.Timeout | undefined;
  child.on("message", () => {
    begin = performance.now();
    if (kill === undefined) return;
    const end = () => child.kill("SIGKILL");
    if ("after" in kill) timer = setTimeout(end, kill.after);
    else timer = setInterval(() => unitsIn(path) >= kill.units && end(), 2);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (signal === null && code !== 0) reject(new Error(`The process ended with code ${code}.`));
      else resolve({ ended: signal === null, milliseconds: performance.now() - begin });
    });
  });
}

function unitsIn(path: string): number {
  const there = existsSync(join(path, "pictures")) ? readdirSync(join(path, "pictures")) : [];
  return there.filter((name) => name.endsWith(".parquet")).length;
}

function summaryOf(path: string): string {
  const { times, ...rest } = JSON.parse(readFileSync(join(path, "summary.json"), "utf8"));
  expect(times.seconds).toBeGreaterThan(0);
  return JSON.stringify(rest);
}

function results(path: string): Record<string, string> {
  const unequal = /^(times\/|summary\.json)/;
  return Object.fromEntries(Object.entries(contents(path)).filter(([name]) => !unequal.test(name)));
}

test("20 kills lose nothing and double nothing", { timeout }, async () => {
  const whole = newFolder();
  const { milliseconds } = await launch(whole);
  const random = createRandom(20);
  let path = newFolder();
  for (let killed = 0; killed < 20; ) {
    // From the opening of the folder to the writing of the summary; a run needs a few goes to its end.
    const { ended } = await launch(path, { kill: { after: milliseconds * random.uniform() * 0.7 } });
    if (!ended) {
      killed += 1;
      continue;
    }
    expect(summaryOf(path)).toBe(summaryOf(whole));
    expect(results(path)).toEqual(results(whole));
    path = newFolder();
  }
  await launch(path);
  expect(summaryOf(path)).toBe(summaryOf(whole));
  expect(results(path)).toEqual(results(whole));
});

test("when the driver of several processes is killed, they end, and nothing is lost or doubled", {
  timeout,
}, async () => {
  const whole = newFolder();
  await launch(whole);
  const path = newFolder();
  // Slow pictures, so that it cannot come to its end first.
  for (const units of [1, 3, 5]) {
    expect(await launch(path, { kill: { units }, workers: 2, wait: 25 })).toMatchObject({ ended: false });
    await quiet(path);
  }
  await launch(path, { workers: 2 });
  expect(summaryOf(path)).toBe(summaryOf(whole));
  expect(results(path)).toEqual(results(whole));
});

/** Comes back when nothing is written into a folder any more. */
async function quiet(path: string): Promise<void> {
  let before: string | undefined;
  for (;;) {
    const now = Object.keys(contents(path)).join();
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
