/**
 * A process that lives as a server does: it opens, explains with and closes networks one after another, and says how much memory
 * it has. Every other network is whole, and is explained by the library; the others are edited by the fuzzer, and most of them
 * are broken.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openNetwork } from "onnx-lrp";
import { drawCase, perform } from "./case.ts";
import { networks, pictureFile } from "./command.ts";
import type { Reading } from "./soak-readings.ts";

export interface Served extends Reading {
  /** How many networks had a map. */
  readonly results: number;
}

const count = Number(process.argv[2]);
/** Networks between two readings. */
const step = 10;
const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-soak-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const endAlone = () => process.exit(1);
process.on("disconnect", endAlone);

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const files = readdirSync(networks)
  .filter((name) => name.endsWith(".onnx"))
  .sort();
const methods = ["sglrp", "gradient", "deeplift", "grad-cam", "smoothgrad", "rise"] as const;
const size = { height: 25, width: 25 };
let results = 0;

for (let i = 0; i < count; i += 1) {
  if (await (i % 2 === 0 ? explainWhole(i / 2) : explainEdited(i))) results += 1;
  if ((i + 1) % step === 0) await read(i + 1);
}
process.off("disconnect", endAlone);
process.disconnect();

/** @returns whether there was a map */
async function explainWhole(turn: number): Promise<boolean> {
  await using network = await openNetwork(join(networks, files[turn % files.length] ?? ""), {
    threads: 1,
    size,
  });
  const method = methods[turn % methods.length] ?? "sglrp";
  try {
    const { explanations } = await network.explain(pictureFile, { method, samples: 4 });
    return explanations.length > 0;
  } catch (error) {
    // Not every method explains every network.
    if (error instanceof Error && error.name === "UserError") return false;
    throw error;
  }
}

async function explainEdited(turn: number): Promise<boolean> {
  const own = join(folder, "network");
  mkdirSync(own, { recursive: true });
  const ending = await perform(drawCase("models", 50, turn), own);
  if (ending.kind === "internal") throw new Error(ending.detail);
  return ending.kind === "result";
}

/** What is garbage is not counted, and native memory that waits for it neither: hence twice, with time for finalizers. */
async function read(done: number): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const served: Served = { done, results, resident: rss / 2 ** 20, held: (heapUsed + external) / 2 ** 20 };
  process.send?.(served);
}
