/** `onnx-lrp evaluate` and `summarize` from end to end, on a dozen scenes. */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeScenes } from "@onnx-lrp/models";
import { beforeEach, describe, expect, test } from "vitest";
import { enterFolder, launch, run, stack } from "./shared.ts";

// Quiet: on a slow machine a run would say now and then how far it is.
const quick = [
  ...["--methods", "sglrp,gradient,random", "--metrics", "patch-masking,pointing-game,pointing-one"],
  "--quiet",
];

/** Twelve pictures under names of their own; `scenes.json` has 24 entries. */
beforeEach(async () => {
  enterFolder();
  await writeScenes("scenes", { count: 12 });
});

type Json = Record<string, unknown>;

function json(path: string): Json {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** All that is not to differ between two runs of the same plan. */
function lasting({ times: _, ...rest }: Json): string {
  return JSON.stringify(rest);
}

function summaryIn(folder: string): string {
  return lasting(json(`${folder}/summary.json`));
}

test("measures, sums up, and tells how to do it again", async () => {
  const { code, out, err } = await run("evaluate", "vgg", "scenes", ...quick, "--limit", "10", "--out", "a");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^10 pictures, [\d.]+ % of them classified as labelled\n/);
  expect(out).toMatch(
    /pointing-game: accuracy, mean over energy; higher is better\n {2}sglrp +0\.\d+ +0\.\d+ to 0\.\d+ +n = 10/,
  );
  expect(out).toContain("  report     a/report.html");
  const page = readFileSync("a/report.html", "utf8");
  for (const words of [
    "Maximal patch masking, ground truth",
    "Extended pointing game",
    "Methods disagree most about pointing-game",
    "onnx-lrp evaluate vgg scenes --methods sglrp,gradient,random --metrics patch-masking,pointing-game,pointing-one --limit 10 --out a",
  ]) {
    expect(page).toContain(words);
  }
  expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
  const { measures } = json("a/summary.json") as {
    measures: { name: string; chance: unknown; methods: unknown[] }[];
  };
  expect(measures.map(({ name, methods }) => [name, methods.length])).toEqual([
    ["patch-masking", 3],
    ["pointing-game", 3],
    ["pointing-one", 3],
  ]);
  expect(measures.map(({ chance }) => chance !== null)).toEqual([false, true, true]);
  expect(readFileSync("a/summary.csv", "utf8")).toMatch(/\npointing-one,chance,,10,,0\.\d/);

  // A finished run is summed up again at once, and every map is drawn again.
  rmSync("a/report.html");
  const again = await run("summarize", "a", "--json");
  expect(again.err).toBe("");
  expect(lasting(JSON.parse(again.out))).toBe(summaryIn("a"));
  expect(readFileSync("a/report.html", "utf8")).toBe(page);
});

test("a run goes on where it was stopped, but not as another one", async () => {
  const args = ["evaluate", "vgg", "scenes", ...quick, "--out", "a"];
  await run(...args, "--limit", "8");
  const refused = await run(...args, "--limit", "8");
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(
    /"a" already holds a run\. To fix this: use --resume; or choose another folder/,
  );
  for (const [change, words] of [
    [["--limit", "9"], "limit was 8 and is now 9"],
    [["--limit", "8", "--sample", "1"], "sample was none and is now 1"],
    [["--limit", "8", "--seed", "1"], "seed was 0 and is now 1"],
    [["--limit", "8", "--epsilon", "0.1"], "the parameters of the methods was"],
  ] as const) {
    const { code, err } = await run(...args, ...change, "--resume");
    expect(code).toBe(2);
    expect(err).toContain(words);
  }
  const whole = summaryIn("a");
  for (const kind of ["pictures", "values", "times"]) rmSync(`a/${kind}/part-00001.parquet`);
  expect((await run(...args, "--limit", "8", "--resume", "--workers", "1")).code).toBe(0);
  expect(summaryIn("a")).toBe(whole);
});

test("--sample draws pictures that a larger sample has too", async () => {
  const args = ["evaluate", "vgg", "scenes", "--methods", "gradient", "--metrics", "sparseness", "--json"];
  const best = async (limit: string, out: string) => {
    const { code, out: text } = await run(...args, "--limit", limit, "--sample", "5", "--out", out);
    expect(code).toBe(0);
    const { measures } = JSON.parse(text);
    return measures[0].examples.best.map(({ image }: { image: string }) => image);
  };
  const [few, more] = [await best("3", "a"), await best("6", "b")];
  expect(few).toHaveLength(3);
  expect(more).toEqual(expect.arrayContaining(few));
});

test("a picture that cannot be read is written down; if none can, the exit code says so", async () => {
  writeFileSync("scenes/00001.png", readFileSync("scenes/00001.png").subarray(0, 900));
  const args = ["evaluate", "vgg", "scenes", ...quick, "--limit", "6"];
  const { code, out } = await run(...args, "--out", "a");
  expect(code).toBe(0);
  expect(out).toMatch(/^4 pictures, .*, 2 could not be used\n/);
  expect(json("a/summary.json").failures).toMatchObject([
    { image: expect.stringContaining("00001.png") },
    { image: expect.stringContaining("00001.png") },
  ]);
  expect(readFileSync("a/report.html", "utf8")).toContain("2 failures");

  for (const name of readdirSync("scenes").filter((file) => /^\d+\.png$/.test(file)))
    writeFileSync(`scenes/${name}`, "no picture");
  const none = await run(...args, "--out", "b");
  expect(none.code).toBe(1);
  expect(none.err).toMatch(/none of the 6 pictures could be used: .*00000\.png/);
});

test("the sanity check tells methods that explain the network from one that does not", async () => {
  const { code, out } = await run(
    ...["evaluate", "vgg", "scenes", "--methods", "sglrp,edge", "--metrics", "randomization", "--limit", "4"],
    ...["--randomization-pictures", "2", "--randomization-steps", "2", "--out", "a", "--json"],
  );
  expect(code).toBe(0);
  const { measures, plan } = JSON.parse(out);
  expect(plan.randomization.layers).toHaveLength(2);
  expect(measures.map(({ name }: { name: string }) => name)).toEqual([
    "randomization",
    "randomization-signed",
    "randomization-ssim",
  ]);
  for (const { methods } of measures) {
    const [sglrp, edge] = methods;
    expect(edge).toMatchObject({ n: 2, leftOut: 0, headline: { value: 1 } });
    expect(sglrp.headline.value).toBeLessThan(0.7);
    expect(sglrp.points.at(-1).parameter).toBe(16);
  }
  // What is done is not done again.
  const before = readFileSync("a/randomization.json");
  const whole = summaryIn("a");
  const rest = ["--randomization-pictures", "2", "--randomization-steps", "2", "--out", "a", "--resume"];
  await run(
    ...["evaluate", "vgg", "scenes", "--methods", "sglrp,edge", "--metrics", "randomization", "--limit", "4"],
    ...rest,
  );
  expect(readFileSync("a/randomization.json")).toEqual(before);
  expect(summaryIn("a")).toBe(whole);

  // A folder in the spelling of before is read, by the command's name of before.
  const former = (path: string) => readFileSync(`a/${path}`, "utf8").replaceAll("randomiz", "randomis");
  writeFileSync("a/plan.json", former("plan.json"));
  writeFileSync("a/randomisation.json", former("randomization.json"));
  rmSync("a/randomization.json");
  expect(await run("summarise", "a")).toMatchObject({ code: 0, err: "" });
  expect(summaryIn("a")).toBe(whole);
});

/** Some seconds on an idle machine, most of which Node takes to start. */
const timeout = 240_000;

test("two processes give what one gives, a Ctrl-C loses no whole unit, and kills lose nothing that resuming does not find", {
  timeout,
}, async () => {
  const args = ["evaluate", "vgg", "scenes", ...quick, "--limit", "14"];
  const one = await launch([...args, "--out", "one"]);
  expect(one).toMatchObject({ code: 0, err: "" });
  const two = await launch([...args, "--out", "two", "--workers", "2"]);
  expect(two).toMatchObject({ code: 0, err: "" });
  expect(summaryIn("two")).toBe(summaryIn("one"));

  const stopped = await launch([...args, "--out", "three"], {
    started: (child) => whenUnits("three", 2, () => child.kill("SIGINT")),
  });
  expect(stopped).toMatchObject({ code: 130, signal: null });
  expect(stopped.err).toMatch(
    /^onnx-lrp: interrupted; the results of \d+ of 14 pictures are in "three"\. .*--resume.*\n$/,
  );
  expect(stopped.err).not.toMatch(stack);
  expect(stopped.out).toMatch(/^\d+ pictures, .* not evaluated yet\n/);
  expect(json("three/summary.json").pictures).toMatchObject({ planned: 14, failed: 0 });
  expect((await launch([...args, "--out", "three", "--resume"])).code).toBe(0);
  expect(summaryIn("three")).toBe(summaryIn("one"));

  for (const units of [1, 3, 5]) {
    await launch([...args, "--out", "cut", ...(existsSync("cut") ? ["--resume"] : [])], {
      started: (child) => whenUnits("cut", units, () => child.kill("SIGKILL")),
    });
  }
  expect(readdirSync("cut/pictures").length).toBeLessThan(7);
  expect((await launch([...args, "--out", "cut", "--resume", "--workers", "2"])).code).toBe(0);
  expect(summaryIn("cut")).toBe(summaryIn("one"));
});

/** Does something a little after a run has so many units, of two pictures each. */
function whenUnits(folder: string, count: number, action: () => void): void {
  const timer = setInterval(() => {
    const there = existsSync(`${folder}/pictures`) ? readdirSync(`${folder}/pictures`) : [];
    if (there.filter((name) => name.endsWith(".parquet")).length < count) return;
    clearInterval(timer);
    action();
  }, 2);
  setTimeout(() => clearInterval(timer), 30_000).unref();
}

test("results of another program are summed up without a plan", async () => {
  await run("evaluate", "vgg", "scenes", ...quick, "--limit", "4", "--out", "a");
  const whole = json("a/summary.json");
  for (const kind of ["pictures", "values"]) cpSync(`a/${kind}`, `b/${kind}`, { recursive: true });
  const { code, out } = await run("summarize", "b");
  expect(code).toBe(0);
  expect(out).toMatch(/^4 pictures/);
  const { plan, measures } = json("b/summary.json");
  expect(plan).toBe(null);
  const byName = (list: unknown) =>
    new Map((list as { name: string }[]).map((measure) => [measure.name, measure]));
  expect(byName(measures)).toEqual(byName(whole.measures));
  expect(readFileSync("b/report.html", "utf8")).toContain("onnx-lrp summarize b");
  // Where the pictures have changed their maps cannot be drawn.
  copyFileSync("scenes/00002.png", "scenes/00000.png");
  const changed = await run("summarize", "a");
  expect(changed.code).toBe(0);
  expect(changed.err).toMatch(/has changed since the run: the report has no pictures/);
});

describe("what is wrong is said", () => {
  test.each([
    [["nowhere"], "There is no data set"],
    [["scenes", "--metrics", "pointing"], 'There is no metric "pointing". There are: patch-masking,'],
    [["scenes", "--methods", "sglrq"], 'There is no method "sglrq"'],
    [["scenes", "--methods", "sglrp@gama=1"], "the @ must be followed by a rule's parameter"],
    [["scenes", "--methods", "sglrp@gamma=-1"], "the @ must be followed by a rule's parameter"],
    [["scenes", "--limit", "0"], "--limit must be an integer of at least 1; got 0"],
    [["scenes", "--workers", "1.5"], "--workers must be an integer of at least 1; got 1.5"],
    [["scenes", "--sample", "1"], "set their number with --limit"],
    [["scenes:0"], "scenes:N takes 1 to 10000 pictures, not 0"],
  ])("%j", async (args, words) => {
    const { code, err } = await run("evaluate", "vgg", ...args, "--out", "a");
    expect({ code, err: err.includes(words) ? words : err }).toEqual({ code: 2, err: words });
  });

  test("a folder that holds something else is left alone, and so is one without results", async () => {
    expect((await run("evaluate", "vgg", "scenes", "--out", "scenes")).err).toMatch(/"scenes" is not empty/);
    const { code, err } = await run("summarize", "scenes");
    expect(code).toBe(1);
    expect(err).toMatch(/"scenes" holds no results/);
  });
});
