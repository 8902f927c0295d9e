/** `kill -9` at random moments of a real process; what is resumed equals what ran through. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@onnx-lrp/core/internal";
import { expect, test } from "vitest";
import { contents, newFolder } from "./folders.ts";

const main = fileURLToPath(new URL("fake-main.mjs", import.meta.url));
const count = 40;
/** Some seconds on an idle machine, most of which Node takes to start. */
const timeout = 240_000;

/**
 * @param killAfter milliseconds after its work begins
 * @param workers how many processes of its own it has
 * @returns whether it came to its end, and how long its work took
 */
function launch(
  path: string,
  killAfter?: number,
  workers: readonly string[] = [],
): Promise<{ ended: boolean; milliseconds: number }> {
  const child = spawn(process.execPath, [main, path, String(count), "3", ...workers], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let begin = performance.now();
  let timer: NodeJS.Timeout | undefined;
  child.on("message", () => {
    begin = performance.now();
    if (killAfter !== undefined) timer = setTimeout(() => child.kill("SIGKILL"), killAfter);
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
    const { ended } = await launch(path, milliseconds * random.uniform() * 0.7);
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
  for (const moment of [500, 700, 900]) {
    await launch(path, moment, ["2"]);
    await quiet(path);
  }
  await launch(path, undefined, ["2"]);
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
