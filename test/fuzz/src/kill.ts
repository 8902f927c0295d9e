/**
 * `kill -9` at random moments: nothing is half, lost or doubled.
 *
 *     pnpm kill [--rounds N] [--seed S]
 *
 * In each round the real command is killed while it evaluates (with two workers), one of these workers is killed, and the command is
 * killed while it compiles and while it explains. What is resumed, or done again in the same folder, must equal what ran through.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createRandom } from "@onnx-lrp/core/internal";
import sharp from "sharp";
import { network, pictureFile } from "./command.ts";
import { fileFaults, filesIn, runFaults, stageOf } from "./kill-checks.ts";
import { childrenOf, type Ended, isRunning, launch } from "./launch.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-kill-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const random = createRandom(Number(values.seed));
const faults: string[] = [];

/** Pictures of the run; a unit of a run this small has two of them. */
const pictures = 24;
const units = pictures / 2;

const kinds = ["evaluate", "worker", "compile", "explain"] as const;
type Kind = (typeof kinds)[number];
/** Kills by kind, and by how far the command had come. */
const kills = Object.fromEntries(kinds.map((kind) => [kind, new Map<string, number>()])) as Record<
  Kind,
  Map<string, number>
>;

await makePictures(join(folder, "data", "1"));
const evaluation = (out: string) => [
  ...["evaluate", network, join(folder, "data"), "--methods", "sglrp,edge", "--metrics", "sparseness"],
  ...["--workers", "2", "--out", out, "--quiet"],
];
const compiling = (out: string) => ["compile", network, "-o", join(out, "c.onnx")];
const explaining = (out: string) => ["explain", network, pictureFile, "--out", out, "--npy"];

const whole = join(folder, "whole");
const lasts = {
  evaluate: await undisturbed(evaluation(join(whole, "run"))),
  compile: await undisturbed(compiling(join(whole, "compile"))),
  explain: await undisturbed(explaining(join(whole, "explain"))),
};

/** From a run's first part to its summary, in milliseconds. */
const runs = spanOf(join(whole, "run"));

const rounds = Number(values.rounds);
for (let round = 0; round < rounds; round += 1) {
  for (const kind of kinds) await once(kind, () => attempt(kind, round));
  if ((round + 1) % 5 === 0 || round + 1 === rounds) report(round + 1);
}
for (const fault of faults) say(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report(round: number): void {
  const counts = kinds.map((kind) => {
    const stages = [...kills[kind]].map(([stage, count]) => `${count} ${stage}`);
    const total = [...kills[kind].values()].reduce((sum, count) => sum + count, 0);
    return `  ${kind}: ${total} kills (${stages.join(", ")})`;
  });
  say([`${round} of ${rounds} rounds, ${faults.length} faults`, ...counts].join("\n"));
}

/** A command that ends before its moment comes was not killed: another moment is drawn. */
async function once(kind: Kind, tryOnce: () => Promise<string | undefined>): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    const stage = await tryOnce();
    if (stage === undefined) continue;
    kills[kind].set(stage, (kills[kind].get(stage) ?? 0) + 1);
    return;
  }
}

/** @returns how far the command had come when it was killed; undefined where it was not */
async function attempt(kind: Kind, round: number): Promise<string | undefined> {
  if (kind === "compile" || kind === "explain") return await killWriter(kind, round);
  const out = join(folder, "run");
  rmSync(out, { recursive: true, force: true });
  const stage = kind === "evaluate" ? await killRun(out, round) : await killWorker(out, round);
  const found = runFaults(out, join(whole, "run"));
  faults.push(...found.map((fault) => `${kind} ${stage ?? "not killed"}: ${fault}`));
  return stage;
}

/** Resumed at once, while workers that lost the killed process may not have noticed. */
async function killRun(out: string, round: number): Promise<string | undefined> {
  const { child, ended } = launch(evaluation(out));
  let workers: number[] = [];
  const killed = await killAt(runMoment(out, round), ended, () => {
    workers = childrenOf(child);
    child.kill("SIGKILL");
  });
  if (!killed) return remember("evaluate", await ended);
  const stage = stageOf(out, units);
  await undisturbed([...evaluation(out), ...(stage === "before its plan" ? [] : ["--resume"])], stage);
  if (workers.some(isRunning)) faults.push(`${stage}: a worker was left running`);
  return stage;
}

/** The run must end as if nothing had been. */
async function killWorker(out: string, round: number): Promise<string | undefined> {
  const { child, ended } = launch(evaluation(out));
  let stage: string | undefined;
  const killed = await killAt(runMoment(out, round), ended, () => {
    const workers = childrenOf(child);
    const victim = workers[Math.floor(random.uniform() * workers.length)];
    if (victim === undefined) return;
    stage = stageOf(out, units);
    process.kill(victim, "SIGKILL");
  });
  const end = await ended;
  if (end.code !== 0) faults.push(`worker ${stage}: the run ended with ${end.code}: ${end.said}`);
  return killed ? stage : remember("evaluate", end);
}

/** At a random moment, or, every other time, soon after the first file appears: writing takes a small part of the time. */
async function killWriter(kind: "compile" | "explain", round: number): Promise<string | undefined> {
  const [out, reference] = [join(folder, kind), join(whole, kind)];
  mkdirSync(out, { recursive: true });
  for (const name of filesIn(out)) rmSync(join(out, name));
  const temporary = readdirSync(out).length;
  const args = kind === "compile" ? compiling(out) : explaining(out);
  const { child, ended } = launch(args);
  const time = round % 2 === 0 ? moment(kind) : firstChange(out).then(() => wait(10 * random.uniform()));
  const killed = await killAt(time, ended, () => child.kill("SIGKILL"));
  const end = await ended;
  const written = filesIn(out).length;
  const half = readdirSync(out).length - written > temporary;
  faults.push(...fileFaults(out, reference).map((fault) => `${kind}: ${fault}`));
  if (!killed) return remember(kind, end);
  if (half) {
    await undisturbed(args, "a kill within a file");
    faults.push(...fileFaults(out, reference).map((fault) => `${kind}, again: ${fault}`));
    if (filesIn(out).length !== filesIn(reference).length) faults.push(`${kind}, again: files are missing`);
    return "within a file";
  }
  return written === 0 ? "before its first file" : `after file ${written} of ${filesIn(reference).length}`;
}

/** @returns whether it was killed before its end */
async function killAt(time: Promise<unknown>, ended: Promise<Ended>, kill: () => void): Promise<boolean> {
  const first = await Promise.race([time.then(() => "time"), ended]);
  if (first !== "time") return false;
  kill();
  return true;
}

/** Within the time that the command takes when nothing disturbs it. */
function moment(kind: keyof typeof lasts): Promise<void> {
  return wait(lasts[kind] * (0.1 + 0.9 * random.uniform()));
}

/** Every other time after the first part: processes take longer to start than a small run takes for its pictures. */
async function runMoment(out: string, round: number): Promise<void> {
  if (round % 2 === 0) return await moment("evaluate");
  const begun = performance.now();
  const early = ["before its plan", "before its first pictures"];
  while (performance.now() - begun < 60_000 && early.includes(stageOf(out, units))) await wait(5);
  await wait(runs * random.uniform());
}

function spanOf(run: string): number {
  const times = readdirSync(join(run, "pictures")).map(
    (name) => statSync(join(run, "pictures", name)).mtimeMs,
  );
  return statSync(join(run, "summary.json")).mtimeMs - Math.min(...times);
}

/** A machine that has less to do than when the command was first timed needs less time. */
function remember(kind: keyof typeof lasts, { code, said, milliseconds }: Ended): undefined {
  if (code !== 0) faults.push(`${kind} ended with ${code}: ${said}`);
  lasts[kind] = milliseconds;
}

function firstChange(out: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(out, { persistent: false }, () => {
      watcher.close();
      resolve();
    });
  });
}

/** @returns milliseconds */
async function undisturbed(args: readonly string[], after = "nothing"): Promise<number> {
  const { code, said, milliseconds } = await launch(args).ended;
  if (code !== 0) faults.push(`after ${after}, ${args[0]} ended with ${code}: ${said}`);
  return milliseconds;
}

/** Different from each other: what ships, cut at other places. */
async function makePictures(out: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  for (let i = 0; i < pictures; i += 1) {
    const part = { left: i, top: pictures - i, width: 100, height: 100 };
    await sharp(pictureFile)
      .extract(part)
      .png()
      .toFile(join(out, `${i}.png`));
  }
}
