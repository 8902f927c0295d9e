/**
 * `kill -9` at random moments: nothing is half, lost or doubled.
 *
 *     pnpm kill [--rounds N] [--seed S]
 *
 * In each round the real command is killed while it evaluates (two workers, one of which is sometimes killed instead), compiles and
 * explains. What is resumed must equal what ran through.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRandom } from "@onnx-lrp/core/internal";
import { network, pictureFile } from "./command.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const binary = fileURLToPath(new URL("../../../packages/onnx-lrp/bin/onnx-lrp.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-kill-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const random = createRandom(Number(values.seed));
const faults: string[] = [];
const counts = { evaluate: 0, worker: 0, compile: 0, explain: 0 };

const data = join(folder, "data", "1");
mkdirSync(data, { recursive: true });
for (let i = 0; i < 24; i += 1) cpSync(pictureFile, join(data, `${i}.png`));
const evaluation = (out: string) => [
  ...["evaluate", network, join(folder, "data"), "--methods", "sglrp,edge", "--metrics", "sparseness"],
  ...["--workers", "2", "--out", out, "--quiet"],
];
const compiling = (out: string) => ["compile", network, "-o", out];
const explaining = (out: string) => ["explain", network, pictureFile, "--out", out, "--npy"];

const whole = join(folder, "whole");
const [evaluated, compiled, explained] = [
  await launch(evaluation(join(whole, "run"))),
  await launch(compiling(join(whole, "c.onnx"))),
  await launch(explaining(join(whole, "maps"))),
];
for (const { code, said } of [evaluated, compiled, explained]) if (code !== 0) throw new Error(said);

for (let round = 0; round < Number(values.rounds); round += 1) {
  await evaluateOnce(join(folder, `run-${round}`));
  await writeOnce(
    "compile",
    compiling(join(folder, "c.onnx")),
    join(folder, "c.onnx"),
    compiled.milliseconds,
  );
  await writeOnce("explain", explaining(join(folder, "maps")), join(folder, "maps"), explained.milliseconds);
}
process.stdout.write(
  `${values.rounds} rounds: ${counts.evaluate} kills of evaluate, ${counts.worker} of one of its workers, ${counts.compile} of compile, ${counts.explain} of explain; ${faults.length} faults\n`,
);
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Starts a run, kills it or one of its workers, and resumes it to its end. */
async function evaluateOnce(out: string): Promise<void> {
  const worker = random.uniform() < 0.3;
  await launch(evaluation(out), {
    after: evaluated.milliseconds * (0.2 + 0.8 * random.uniform()),
    kill(child) {
      const victim = worker ? childrenOf(child)[0] : child.pid;
      if (victim === undefined) return;
      counts[worker ? "worker" : "evaluate"] += 1;
      process.kill(victim, "SIGKILL");
    },
  });
  const { code, said } = existsSync(join(out, "summary.json"))
    ? { code: 0, said: "" }
    : await launch([...evaluation(out), ...(existsSync(join(out, "plan.json")) ? ["--resume"] : [])]);
  if (code !== 0) faults.push(`resuming ended with ${code}: ${said}`);
  else if (resultsOf(out) !== resultsOf(join(whole, "run"))) faults.push(`${out}: another summary`);
  if (existsSync(join(out, "run.lock"))) faults.push(`${out}: the lock was left`);
  rmSync(out, { recursive: true, force: true });
}

/** What does not depend on time. */
function resultsOf(run: string): string {
  const { times: _, plan: __, ...rest } = JSON.parse(readFileSync(join(run, "summary.json"), "utf8"));
  return JSON.stringify(rest) + readFileSync(join(run, "summary.csv"), "utf8");
}

/** Kills a command that writes files: each is there whole, or not at all. */
async function writeOnce(
  what: "compile" | "explain",
  args: readonly string[],
  out: string,
  milliseconds: number,
): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  await launch(args, {
    after: milliseconds * (0.5 + 0.6 * random.uniform()),
    kill(child) {
      counts[what] += 1;
      child.kill("SIGKILL");
    },
  });
  const reference = what === "compile" ? join(whole, "c.onnx") : join(whole, "maps");
  const names = what === "compile" ? [""] : existsSync(out) ? readdirSync(out) : [];
  for (const name of names) {
    const path = name === "" ? out : join(out, name);
    if (name.endsWith(".tmp") || !existsSync(path)) continue;
    const wanted = readFileSync(name === "" ? reference : join(reference, name));
    if (!readFileSync(path).equals(wanted))
      faults.push(`${path} differs from what an undisturbed command writes`);
  }
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
  readonly milliseconds: number;
}

function launch(
  args: readonly string[],
  { after, kill }: { readonly after?: number; readonly kill?: (child: ChildProcess) => void } = {},
): Promise<Ended> {
  const begun = performance.now();
  const child = spawn(process.execPath, [binary, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const timer = after === undefined ? undefined : setTimeout(() => kill?.(child), after);
  let said = "";
  child.stderr.on("data", (text) => {
    said += String(text);
  });
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, said, milliseconds: performance.now() - begun });
    });
  });
}

/** Of a process on Linux; elsewhere none is found. */
function childrenOf({ pid }: ChildProcess): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text
      .split(" ")
      .filter((word) => word !== "")
      .map(Number);
  } catch {
    return [];
  }
}
