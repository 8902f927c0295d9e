/**
 * Measures what an explanation costs against the forward pass alone, in alternating runs, so that a busy machine slows
 * both alike. Prints a table and writes .bench/results.json.
 *
 *     pnpm bench                        .bench/vgg16.onnx, resnet152, densenet121, inception_v3: whichever are there
 *     pnpm bench NET.onnx [...]         other networks
 *     pnpm bench --docs                 writes docs/speed.md and docs/speed.json too
 *     pnpm bench --peers PYTHON         zennit and captum beside it, in a Python that has them (test/bench/peers.py)
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { documentOf, table } from "./document.ts";
import { type Measurement, measure } from "./measure.ts";
import { measurePeers, type PeerMeasurement } from "./peers.ts";

const usual = ["vgg16", "resnet152", "densenet121", "inception_v3"].map((name) => `.bench/${name}.onnx`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { docs: { type: "boolean", default: false }, peers: { type: "string" } },
});

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

const wanted = positionals.length > 0 ? positionals : usual;
for (const path of wanted.filter((name) => !existsSync(name))) {
  const name = basename(path, ".onnx");
  fail(
    `There is no "${path}". Make it with random weights: python models/recipes/export_torchvision.py ${name} --random --out ${path}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-bench-"));
const results: Measurement[] = [];
try {
  for (const path of wanted) {
    process.stderr.write(`${path}\n`);
    results.push(await measure(path, folder));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const peers = values.peers === undefined ? undefined : await measurePeers(values.peers, results);

const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown CPU"}`;
process.stdout.write(`${machine}\n\n${table(results)}\n`);
mkdirSync(".bench", { recursive: true });
const written = { machine, results, peers: peers ?? previousPeers() };
writeFileSync(".bench/results.json", `${JSON.stringify(written, undefined, 2)}\n`);
if (values.docs) {
  writeFileSync("docs/speed.json", `${JSON.stringify(written, undefined, 2)}\n`);
  writeFileSync("docs/speed.md", documentOf(machine, results, written.peers));
}

/** Peers take long, and do not change with this project: what was measured last stays. */
function previousPeers(): readonly PeerMeasurement[] {
  const last = ".bench/results.json";
  if (!existsSync(last)) return [];
  const parsed: unknown = JSON.parse(readFileSync(last, "utf8"));
  const kept = typeof parsed === "object" && parsed !== null && "peers" in parsed ? parsed.peers : [];
  return Array.isArray(kept) ? kept : [];
}
