/**
 * Long lives: memory ends where it began.
 *
 *     pnpm soak [--networks N] [--pictures N]
 *
 * One process opens, explains with and closes N networks, some of them broken; another evaluates N pictures. The lowest resident
 * memory in the last fifth is compared with the lowest in the second one: between two readings it moves with what is freed late.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawCase, perform } from "./case.ts";
import { network, pictureFile } from "./command.ts";

const { values } = parseArgs({
  options: { networks: { type: "string", default: "2000" }, pictures: { type: "string", default: "50000" } },
});
/** More memory at the end than early on, as a share of it. */
const allowed = 0.15;
const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-soak-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const [networks, pictures] = [Number(values.networks), Number(values.pictures)];
const grown: boolean[] = [];
if (networks > 0) grown.push(await serve(networks));
if (pictures > 0) grown.push(await evaluate(pictures));
process.exitCode = grown.includes(true) ? 1 : 0;

/** Keeps the lowest memory of the second fifth and of the last one. */
function createReadings(count: number) {
  let [early, late] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  return {
    read(done: number, pid: number | undefined): void {
      const share = done / count;
      if (share > 0.2 && share <= 0.4) early = Math.min(early, residentOf(pid));
      if (share > 0.8) late = Math.min(late, residentOf(pid));
    },
    report: (what: string) => report(what, early, late),
  };
}

function report(what: string, early: number, late: number): boolean {
  const share = (late - early) / early;
  process.stdout.write(
    `${what}: ${Math.round(early)} MiB early on, ${Math.round(late)} MiB at the end (${(100 * share).toFixed(1)} %)\n`,
  );
  return share > allowed;
}

/** Edited networks of the fuzzer, of which about a half opens. */
async function serve(count: number): Promise<boolean> {
  const readings = createReadings(count);
  for (let i = 0; i < count; i += 1) {
    const own = join(folder, "network");
    mkdirSync(own, { recursive: true });
    const ending = await perform(drawCase("models", 50, i), own);
    if (ending.kind === "internal") throw new Error(ending.detail);
    readings.read(i + 1, process.pid);
  }
  return readings.report(`${count} networks opened and closed`);
}

/** One picture under as many names. */
async function evaluate(count: number): Promise<boolean> {
  for (let i = 0; i < count; i += 1) cpSync(pictureFile, join(folder, `${i}.png`));
  writeFileSync(
    join(folder, "list.csv"),
    `file,label\n${Array.from({ length: count }, (_, i) => `${i}.png,${i % 6}\n`).join("")}`,
  );
  const binary = fileURLToPath(new URL("../../../packages/onnx-lrp/bin/onnx-lrp.js", import.meta.url));
  const out = join(folder, "run");
  const args = ["--methods", "gradient", "--metrics", "sparseness", "--threads", "1", "--out", out];
  const child = spawn(process.execPath, [binary, "evaluate", network, join(folder, "list.csv"), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const readings = createReadings(count);
  child.stderr.on("data", (text) => {
    const done = Number(/(\d+) of \d+ pictures/.exec(String(text))?.[1] ?? 0);
    readings.read(done, child.pid);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`evaluate ended with ${code}`);
  return readings.report(`${count} pictures evaluated`);
}

/** MiB; 0 where the system does not say. */
function residentOf(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
