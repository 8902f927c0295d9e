/**
 * Which networks of torchvision and timm, over other axes and with other outputs, can be explained, how exactly and how fast: exports each with
 * random weights, explains it in a process of its own, and writes docs/coverage.json and docs/coverage.md after every network,
 * so that a run that was broken off goes on where it stopped.
 *
 *     pnpm coverage [--python PATH]   a Python with torch, torchvision, timm and onnx; default python3
 *         --library timm              of one library only
 *         --only REGEX                networks of such names only
 *         --retry-refused             again those that were not explained
 *         --exports FOLDER            takes the exported files that are in FOLDER, and leaves there those it makes
 *         --export-limit SECONDS      by the clock, for one network; default 240
 *         --fresh                     again all
 *         --render                    nothing again, only docs/coverage.md from docs/coverage.json
 *         --operators                 ONNX's operator tests instead, for docs/operators.md (operators.ts)
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Exporter, type Listed, listNetworks, openExporter } from "./exporter.ts";
import { coverOperators } from "./operators.ts";
import type { Coverage, Outcome, Result } from "./result.ts";
import { renderCoverage } from "./table.ts";

const records = "docs/coverage.json";
const page = "docs/coverage.md";
const folder = ".coverage";
const largestMB = 1000;
/** Of timm's networks, whose size is known only after their first export. */
const typicalMB = 50;
const explainLimit = 1200;

const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    library: { type: "string" },
    only: { type: "string" },
    "retry-refused": { type: "boolean", default: false },
    exports: { type: "string" },
    "export-limit": { type: "string", default: "240" },
    fresh: { type: "boolean", default: false },
    render: { type: "boolean", default: false },
    operators: { type: "boolean", default: false },
  },
});

if (options.operators) {
  const failure = await coverOperators(options.python, `${folder}/operators`);
  if (failure !== undefined) process.stderr.write(`${failure}\n`);
  process.exit(failure === undefined ? 0 : 2);
}

const found = options.render ? undefined : listNetworks(options.python);
if (typeof found === "string") {
  process.stderr.write(`${found}\n`);
  process.exit(2);
}
const before = readRecords();
if (found === undefined) write(before);
else await cover(found, before);

function readRecords(): Coverage {
  if (!existsSync(records)) return { made: { machine: "", versions: "" }, results: [] };
  return JSON.parse(readFileSync(records, "utf8")) as Coverage;
}

function write(coverage: Coverage): void {
  writeFileSync(records, `${JSON.stringify(coverage, undefined, 2)}\n`);
  writeFileSync(page, renderCoverage(coverage));
}

async function cover({ versions, networks }: Listed, { results }: Coverage): Promise<void> {
  const listed = new Set(networks.map(keyOf));
  // Of a library that is not asked for, what this Python cannot make stays as it was.
  const kept = (result: Result) =>
    listed.has(keyOf(result)) || (options.library ?? result.library) !== result.library;
  const known = new Map(results.filter(kept).map((result) => [keyOf(result), result]));
  const sizeOf = (network: Listed["networks"][number]) =>
    network.weightsMB ?? known.get(keyOf(network))?.weightsMB ?? typicalMB;
  // The small ones first, which tell the most in the least time.
  const wanted = networks
    .filter((network) => isWanted(network, known.get(keyOf(network))))
    .sort((a, b) => sizeOf(a) - sizeOf(b));
  const made = {
    machine: `${cpus().length} cores of ${cpus()[0]?.model ?? "an unknown CPU"}`,
    versions: Object.entries(versions)
      .map((pair) => pair.join(" "))
      .join(", "),
  };
  const exporter = openExporter(options.python, Number(options["export-limit"]));
  for (const [i, network] of wanted.entries()) {
    const result = await tryNetwork(exporter, network);
    known.set(keyOf(network), result);
    write({ made, results: inOrder([...known.values()]) });
    const reason = result.outcome.kind === "explained" ? "" : `: ${result.outcome.reason}`;
    process.stderr.write(
      `${i + 1}/${wanted.length} ${network.library} ${network.name} ${result.outcome.kind}${reason}\n`,
    );
  }
  exporter.close();
  write({ made, results: inOrder([...known.values()]) });
}

function keyOf({ library, name }: Pick<Result, "library" | "name">): string {
  return `${library}/${name}`;
}

function isWanted(network: Listed["networks"][number], before: Result | undefined): boolean {
  if (options.library !== undefined && options.library !== network.library) return false;
  if (options.only !== undefined && !new RegExp(options.only).test(network.name)) return false;
  if (options.fresh || before === undefined) return true;
  return options["retry-refused"] && before.outcome.kind !== "explained";
}

function inOrder(results: readonly Result[]): Result[] {
  return [...results].sort((a, b) => keyOf(a).localeCompare(keyOf(b), "en"));
}

async function tryNetwork(exporter: Exporter, network: Listed["networks"][number]): Promise<Result> {
  const { library, name, family } = network;
  const result = (
    weightsMB: number,
    outcome: Outcome,
    file: Pick<Result, "opset" | "fixedBatch"> = {},
  ): Result => ({
    library,
    name,
    family,
    weightsMB: Math.round(10 * weightsMB) / 10,
    ...file,
    outcome,
  });
  if ((network.weightsMB ?? 0) > largestMB) {
    return result(network.weightsMB ?? 0, { kind: "left out", reason: "more than 1 GB of weights" });
  }
  if (options.exports === undefined) rmSync(folder, { recursive: true, force: true });
  const file = `${options.exports ?? folder}/${name}.onnx`;
  const exported = await exportedTo(file, () => exporter.export(library, name, file));
  if ("error" in exported)
    return result(network.weightsMB ?? 0, { kind: "not exported", reason: exported.error });
  const { opset, outcome } = explain(file);
  if (options.exports === undefined) rmSync(folder, { recursive: true, force: true });
  return result(exported.weightsMB, outcome, { opset, fixedBatch: exported.fixedBatch });
}

/** What the exporter answered is kept beside the file; an export that was broken off has no answer. */
async function exportedTo(
  file: string,
  exportNow: () => ReturnType<Exporter["export"]>,
): ReturnType<Exporter["export"]> {
  const kept = file.replace(/\.onnx$/, ".json");
  if (existsSync(kept))
    return JSON.parse(readFileSync(kept, "utf8")) as Awaited<ReturnType<Exporter["export"]>>;
  mkdirSync(dirname(file), { recursive: true });
  const exported = await exportNow();
  if (!("error" in exported)) writeFileSync(kept, JSON.stringify(exported));
  return exported;
}

/** In a process of its own: its memory comes back, and a crash is a result. */
function explain(file: string): { opset?: number; outcome: Outcome } {
  const child = fileURLToPath(new URL("./child.js", import.meta.url));
  const run = spawnSync(process.execPath, [child, file], {
    encoding: "utf8",
    timeout: explainLimit * 1000,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 24,
  });
  if (run.status === 0) return JSON.parse(run.stdout) as { opset?: number; outcome: Outcome };
  const ended =
    run.error !== undefined && "code" in run.error && run.error.code === "ETIMEDOUT"
      ? `it took more than ${explainLimit} seconds`
      : `its process ended with ${run.signal ?? run.status}: ${lastWords(run.stderr)}`;
  return { outcome: { kind: "failed", reason: ended } };
}

/** The line of a stack trace that has the message. */
function lastWords(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return (
    lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.filter((line) => line !== "").at(-1) ?? "no words"
  );
}
