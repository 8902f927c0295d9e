/** What pnpm soak and pnpm kill take for a fault. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileFaults, runFaults } from "./fuzz/src/kill-checks.ts";
import { growthOf } from "./fuzz/src/soak-readings.ts";

const windows = { early: [0.2, 0.4], late: [0.8, 1] } as const;
const readings = (resident: (share: number) => number, held: (share: number) => number) =>
  Array.from({ length: 200 }, (_, i) => ({
    done: 10 * (i + 1),
    resident: resident(i / 200),
    held: held(i / 200),
  }));

describe("memory", () => {
  test("that moves and comes back has not grown", () => {
    const moving = readings(
      (share) => 225 + 100 * Math.abs(Math.sin(40 * share)),
      () => 30,
    );
    expect(growthOf(moving, 2000, windows).grown).toBe(false);
  });

  test("that warms up and stays has not grown", () => {
    const warm = readings(
      (share) => 200 - 80 * Math.exp(-20 * share),
      () => 30,
    );
    expect(growthOf(warm, 2000, windows).grown).toBe(false);
  });

  test("of either kind that grows by a little with each network has", () => {
    const [grows, stays] = [(share: number) => 200 + 80 * share, () => 200];
    expect(growthOf(readings(grows, stays), 2000, windows).grown).toBe(true);
    expect(growthOf(readings(stays, grows), 2000, windows).grown).toBe(true);
  });

  test("that nobody read has not been shown to stay", () => {
    expect(growthOf([], 2000, windows).grown).toBe(true);
  });
});

test("half a file and a file that should not be there are faults; temporary ones are not", () => {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-kill-test-"));
  const [wanted, found] = [join(folder, "wanted"), join(folder, "found")];
  for (const path of [wanted, found]) mkdirSync(path);
  for (const name of ["a", "b", "c"]) writeFileSync(join(wanted, name), `all of ${name}`);
  writeFileSync(join(found, "a"), "all of a");
  writeFileSync(join(found, "b"), "all o");
  writeFileSync(join(found, "b.0123abcd.tmp"), "all");
  writeFileSync(join(found, "d"), "d");
  expect(fileFaults(found, wanted)).toEqual([
    "b differs from what an undisturbed command writes",
    "d is not written by an undisturbed command",
  ]);
});

test("a run that was resumed to no end is a fault", () => {
  const run = mkdtempSync(join(tmpdir(), "onnx-lrp-kill-test-"));
  expect(runFaults(run, run)).toEqual(["no summary"]);
});
