/**
 * Measures what an explanation costs against the forward pass alone, in alternating runs, so that a busy machine slows
 * both alike. Prints a table and writes .bench/results.json.
 *
 *     pnpm bench                        .bench/vgg16.onnx, resnet152, densenet121, inception_v3: whichever are there
 *     pnpm bench NET.onnx [...]         other networks
 *     pnpm bench --docs                 writes docs/speed.md and docs/speed.json too
 *     pnpm bench --methods              each method's cost too, on two of the networks (method-costs.ts)
 *     pnpm bench --browser [NAME ...]   networks that ship, in a browser over Node.js (browser.ts)
 *     pnpm bench --peers PYTHON         zennit and captum beside it, in a Python that has them (test/bench/peers.py)
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { browserTable, measureBrowser } from "./browser.ts";
import { documentOf, table } from "./document.ts";
import { type Measurement, measure } from "./measure.ts";
import { type MethodCosts, methodCosts } from "./method-costs.ts";
import { measurePeers, type PeerMeasurement } from "./peers.ts";

const usual = ["vgg16", "resnet152", "densenet121", "inception_v3"].map((name) => `.bench/${name}.onnx`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    docs: { type: "boolean", default: false },
    methods: { type: "boolean", default: false },
    browser: { type: "boolean", default: false },
    peers: { type: "string" },
  },
});

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown CPU"}`;

if (values.browser) {
  const measured = await measureBrowser(positionals);
  if (measured === undefined) fail("There is no chromium: apt-get install chromium.");
  process.stdout.write(`${machine}\n\n${browserTable(measured)}\n`);
  process.exit(0);
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

const methods: MethodCosts[] = [];
for (const path of values.methods ? wanted.slice(0, 2) : []) {
  process.stderr.write(`${path}: methods\n`);
  methods.push(await methodCosts(path));
}

process.stdout.write(`${machine}\n\n${table(results)}\n`);
mkdirSync(".bench", { recursive: true });
const written = {
  machine,
  results,
  peers: peers ?? previous("peers"),
  methods: values.methods ? methods : previous("methods"),
};
writeFileSync(".bench/results.json", `${JSON.stringify(written, undefined, 2)}\n`);
if (values.docs) {
  writeFileSync("docs/speed.json", `${JSON.stringify(written, undefined, 2)}\n`);
  writeFileSync("docs/speed.md", documentOf(machine, results, written));
}

/** Peers and methods take long, and change seldom: what was measured last stays. */
function previous(part: "peers"): readonly PeerMeasurement[];
function previous(part: "methods"): readonly MethodCosts[];
function previous(part: "peers" | "methods"): readonly unknown[] {
  const last = ".bench/results.json";
  if (!existsSync(last)) return [];
  const parsed: unknown = JSON.parse(readFileSync(last, "utf8"));
  if (typeof parsed !== "object" || parsed === null) return [];
  const kept = Object.entries(parsed).find(([name]) => name === part)?.[1];
  return Array.isArray(kept) ? kept : [];
}
