/**
 * Long lives: memory ends where it began.
 *
 *     pnpm soak [--networks N] [--pictures N]
 *
 * One process opens, explains with and closes N networks, some of them broken; another, the command itself, evaluates N pictures.
 * Their memory early on, after they have warmed up, is compared with that at the end.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, linkSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { network, pictureFile } from "./command.ts";
import { launch } from "./launch.ts";
import { residentOf } from "./process-status.ts";
import { growthOf, type Reading, type Windows } from "./soak-readings.ts";
import type { Served } from "./soak-server.ts";

const { values } = parseArgs({
  options: { networks: { type: "string", default: "2000" }, pictures: { type: "string", default: "50000" } },
});
const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-soak-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const [networks, pictures] = [Number(values.networks), Number(values.pictures)];
const grown: boolean[] = [];
if (networks > 0) grown.push(await serve(networks));
if (pictures > 0) grown.push(await evaluate(pictures));
process.exitCode = grown.includes(true) ? 1 : 0;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Says how far it is, twenty times. */
function createSeries(count: number, what: string) {
  const readings: Reading[] = [];
  return {
    add(reading: Reading): void {
      const step = count / 20;
      const before = readings.at(-1)?.done ?? 0;
      readings.push(reading);
      const { done, resident, held } = reading;
      if (Math.floor(done / step) === Math.floor(before / step)) return;
      const own = held === undefined ? "" : `, ${held.toFixed(1)} of it held by JavaScript`;
      say(`${done} of ${count} ${what}: ${resident.toFixed(0)} MiB${own}`);
    },
    end(windows: Windows): boolean {
      const { lines, grown } = growthOf(readings, count, windows);
      say([`${count} ${what}`, ...lines].join("\n  "));
      return grown;
    },
  };
}

async function serve(count: number): Promise<boolean> {
  const series = createSeries(count, "networks opened and closed");
  const child = fork(new URL("soak-server.js", import.meta.url), [String(count)]);
  let results = 0;
  child.on("message", (served: Served) => {
    results = served.results;
    series.add(served);
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the server ended with ${code}`);
  say(`${results} of ${count} networks had a map`);
  return series.end({ early: [0.2, 0.4], late: [0.8, 1] });
}

/** One picture under as many names. */
async function evaluate(count: number): Promise<boolean> {
  const series = createSeries(count, "pictures evaluated");
  const original = join(folder, "original.png");
  copyFileSync(pictureFile, original);
  for (let i = 0; i < count; i += 1) linkSync(original, join(folder, `${i}.png`));
  writeFileSync(
    join(folder, "list.csv"),
    `file,label\n${Array.from({ length: count }, (_, i) => `${i}.png,${i % 6}\n`).join("")}`,
  );
  const { child, ended } = launch([
    ...["evaluate", network, join(folder, "list.csv"), "--methods", "gradient", "--metrics", "sparseness"],
    ...["--threads", "1", "--out", join(folder, "run")],
  ]);
  let done = 0;
  let most = 0;
  child.stderr.on("data", (text) => {
    done = Number(/(\d+) of \d+ pictures/.exec(String(text))?.[1] ?? done);
  });
  const watch = setInterval(() => {
    const resident = residentOf(child.pid);
    if (resident === undefined) return;
    most = Math.max(most, resident);
    // After the last picture comes the summary, and then the process ends.
    if (done > 0 && done < count) series.add({ done, resident });
  }, 500);
  const { code, said } = await ended;
  clearInterval(watch);
  if (code !== 0) throw new Error(`evaluate ended with ${code}: ${said}`);
  say(`at most ${most.toFixed(0)} MiB, the summary included`);
  // From the 5,000th picture on, where there are 50,000.
  return series.end({ early: [0.1, 0.2], late: [0.9, 1] });
}
