import { readFileSync } from "node:fs";
import type { Summary } from "@onnx-lrp/evaluation";
import { writeScenes } from "@onnx-lrp/models";
import { accuracyWarning, parseMethods } from "@onnx-lrp/network/internal";
import { beforeEach, expect, test } from "vitest";
import { commandLineWords } from "../src/error-wording.ts";
import { enterFolder, run } from "./shared.ts";

beforeEach(async () => {
  enterFolder();
  await writeScenes("scenes", { count: 6 });
});

test("ranks candidates by a metric, and tells which differ", async () => {
  const candidates = "random,sglrp:zplus-box,sglrp:epsilon-gamma-box@gamma=0.1,sglrp:zplus-box@bias=none";
  const { code, out } = await run("tune", "vgg", "scenes", "--candidates", candidates, "--out", "a");
  expect(code).toBe(0);
  const rows = out.split("\n").filter((line) => line.includes("n = 12"));
  expect(rows).toHaveLength(4);
  // A random map is no better than chance, and the same rules by two names are the same.
  expect(rows.at(-1)).toMatch(/^ {2}random .* worse$/);
  const means = rows.map((row) => Number(/ (0\.\d+) /.exec(row)?.[1]));
  expect(means).toEqual(means.toSorted((a, b) => b - a));
  const same = rows
    .filter((row) => row.includes("zplus-box"))
    .map((row) =>
      row
        .split("n = 12")[0]
        ?.split(/\s{2,}/)
        .slice(2)
        .join(),
    );
  expect(same[0]).toBe(same[1]);
  expect(rows.some((row) => row.includes("not significantly different"))).toBe(true);
  const [, best = ""] = /^ {2}(\S+)/.exec(rows[0] ?? "") ?? [];
  expect(out).toContain(`Best on 12 pictures: ${best}.`);
  expect(out).toMatch(/Use it: onnx-lrp explain vgg PICTURE --method sglrp --composite \S+/);
  const page = readFileSync("a/report.html", "utf8");
  expect(page).toContain(`Best on 12 pictures: ${best}.`);
  expect(page).toContain("onnx-lrp tune vgg scenes --candidates random,sglrp:zplus-box");
  const { measures } = JSON.parse(readFileSync("a/summary.json", "utf8"));
  expect(measures[0].methods[0]).toMatchObject({ method: best, difference: null });
  for (const { difference } of measures[0].methods.slice(1)) expect(difference.to).toBe(best);
});

test.each([
  [["--metric", "pointing"], 'There is no metric "pointing"'],
  [["--metric", "randomization"], "--metric must be one metric"],
  [["--metric", "deletion,insertion"], "--metric must be one metric"],
  [["--candidates", "sglrp"], "at least two methods"],
])("%j is refused", async (args, words) => {
  const { code, err } = await run("tune", "vgg", "scenes", ...args);
  expect(code).toBe(2);
  expect(err).toContain(words);
});

test("methods have composites and parameters of their own", () => {
  expect(
    parseMethods(["sglrp:epsilon-gamma-box@gamma=0.1@bias=full, lrp@epsilon=1e-3", "lrp@epsilon=1e-3"]),
  ).toEqual([
    {
      name: "sglrp:epsilon-gamma-box@gamma=0.1@bias=full",
      method: "sglrp",
      composite: "epsilon-gamma-box",
      parameters: { gamma: 0.1, bias: "full" },
    },
    { name: "lrp@epsilon=1e-3", method: "lrp", composite: undefined, parameters: { epsilon: 1e-3 } },
  ]);
  expect(parseMethods(["sglrp:transformer@gamma-first=10@gamma-dense=0"])[0]?.parameters).toEqual({
    gammaFirst: 10,
    gammaDense: 0,
  });
});

test("a network that classifies hardly any picture as labelled was probably read wrongly", () => {
  const summary = (ok: number, correct: number) =>
    ({
      pictures: { planned: null, ok, failed: 0, missing: null, correct, quantizedDifference: null },
    }) as Summary;
  expect(accuracyWarning(summary(40, 1), commandLineWords)).toMatch(
    /classifies only 1 of 40 pictures .*--preprocess/,
  );
  expect(accuracyWarning(summary(40, 2), commandLineWords)).toBe(undefined);
  expect(accuracyWarning(summary(5, 0), commandLineWords)).toBe(undefined);
});
