/**
 * Attacks the project with files and words that are made to do harm.
 *
 *     pnpm fuzz [--minutes M] [--seed S] [--kind models,pictures,...] [--from N] [--cases N]
 *
 * Each case must end in a result or in a sentence, within its time and memory. One that does not is made as small as it goes, and
 * written to test/regressions, where the tests try it again.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Case, drawCase } from "./case.ts";
import { kinds } from "./kinds/index.ts";
import { createRunner, type Outcome } from "./runner.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    kind: { type: "string", default: Object.keys(kinds).join(",") },
    from: { type: "string", default: "0" },
    cases: { type: "string", default: "Infinity" },
    out: { type: "string", default: fileURLToPath(new URL("../../regressions/", import.meta.url)) },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const wanted = values.kind.split(",");
const seed = Number(values.seed);
const until = performance.now() + Number(values.minutes) * 60_000;
const runner = createRunner({ milliseconds: 60_000, memory: 2048 });
const counts = new Map(
  wanted.map((kind) => [kind, { cases: 0, results: 0, failed: 0, slowest: 0, peak: 0 }]),
);
const failures = new Map<string, number>();

const [from, most] = [Number(values.from), Number(values.cases)];
for (let index = from; index < from + most && performance.now() < until; index += 1) {
  if (index > from && (index - from) % 5000 === 0) report();
  for (const kind of wanted) {
    const one = drawCase(kind, seed, index);
    const outcome = await runner.run(one);
    const count = counts.get(kind);
    if (count === undefined) continue;
    count.cases += 1;
    count.slowest = Math.max(count.slowest, outcome.milliseconds);
    count.peak = Math.max(count.peak, outcome.peak);
    if (outcome.kind === "result") count.results += 1;
    if (!isFault(outcome)) continue;
    // A machine that stands still for a minute is no fault of the case.
    if (outcome.kind === "hang" && !isFault(await runner.run(one))) {
      say(`${kind} ${seed}/${index}: took more than a minute, and did not the second time`);
      continue;
    }
    count.failed += 1;
    await keep(one, outcome, index);
  }
}
runner.stop();
report();
process.exitCode = failures.size === 0 ? 0 : 1;

/** After every 5,000 cases of a kind, and at the end. */
function report(): void {
  for (const [kind, { cases, results, failed, slowest, peak }] of counts) {
    say(
      `${kind}: ${cases} cases, ${results} of them with a result, ${failed} failed; slowest ${(slowest / 1000).toFixed(1)} s, peak ${Math.round(peak)} MiB`,
    );
  }
}

function isFault({ kind }: Outcome): boolean {
  return kind !== "result" && kind !== "sentence";
}

/** Each fault once: by what it is, and where the stack begins. */
async function keep(one: Case, outcome: Outcome, index: number): Promise<void> {
  const lines = outcome.detail.split("\n").slice(0, outcome.kind === "internal" ? 2 : 1);
  const fault = `${outcome.kind} ${lines.join(" ").replaceAll(/\d+/g, "N").slice(0, 200)}`;
  failures.set(fault, (failures.get(fault) ?? 0) + 1);
  if ((failures.get(fault) ?? 0) > 1) return;
  say(`${one.kind} ${seed}/${index}: ${outcome.kind}: ${outcome.detail.slice(0, 600)}`);
  const small = await minimized(one, outcome);
  const name = `${one.kind}-${seed}-${index}`;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${values.out}/${name}.json`, `${JSON.stringify({ ...small, fault }, undefined, 2)}\n`);
  const file = await kinds[one.kind]?.file?.(small.edits).catch(() => undefined);
  if (file !== undefined) writeFileSync(`${values.out}/${name}-${file.name}`, file.bytes);
}

/** Without the edits that do not matter. The first says what is edited. */
async function minimized(one: Case, { kind }: Outcome): Promise<Case> {
  let small = one;
  for (let i = one.edits.length - 1; i > 0; i -= 1) {
    const less = { ...small, edits: small.edits.filter((_, at) => at !== i) };
    if (less.edits.length > 1 && (await runner.run(less)).kind === kind) small = less;
  }
  return small;
}
