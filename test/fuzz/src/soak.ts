/**
 * Long lives: memory ends where it began.
 *
 *     pnpm soak [--networks N] [--pictures N]
 *
 * One process opens, explains with and closes N networks, some of them broken; another evaluates N pictures. Resident memory is read
 * after a tenth and at the end.
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
/** More memory at the end than after a tenth, as a share of it. */
const allowed = 0.15;
const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-soak-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const [networks, pictures] = [Number(values.networks), Number(values.pictures)];
const grown: boolean[] = [];
if (networks > 0) grown.push(await serve(networks));
if (pictures > 0) grown.push(await evaluate(pictures));
process.exitCode = grown.includes(true) ? 1 : 0;

function report(what: string, early: number, late: number): boolean {
  const share = (late - early) / early;
  process.stdout.write(
    `${what}: ${Math.round(early)} MiB after a tenth, ${Math.round(late)} MiB at the end (${(100 * share).toFixed(1)} %)\n`,
  );
  return share > allowed;
}

/** Edited networks of the fuzzer, of which about a half opens. */
async function serve(count: number): Promise<boolean> {
  let early = 0;
  for (let i = 0; i < count; i += 1) {
    const own = join(folder, "network");
    mkdirSync(own, { recursive: true });
    const ending = await perform(drawCase("models", 50, i), own);
    if (ending.kind === "internal") throw new Error(ending.detail);
    if (i === Math.ceil(count / 10)) early = residentOf(process.pid);
  }
  return report(`${count} networks opened and closed`, early, residentOf(process.pid));
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
  let [early, late] = [0, 0];
  child.stderr.on("data", (text) => {
    const done = Number(/(\d+) of \d+ pictures/.exec(String(text))?.[1] ?? 0);
    if (done >= count / 10 && early === 0) early = residentOf(child.pid);
    if (done > 0) late = residentOf(child.pid);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`evaluate ended with ${code}`);
  return report(`${count} pictures evaluated`, early, late);
}

/** MiB; 0 where the system does not say. */
function residentOf(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
