/**
 * Our maps beside those of zennit, captum and pytorch-grad-cam: makes two small networks, has the peers explain them in
 * Python (test/peers/peers.py), explains them itself, and writes docs/peers.json and docs/peers.md. Ends with 1 where maps
 * differ that must not, or do not where a reason is given (cases.ts).
 *
 *     pnpm peers [--python PATH]      a Python with torch, torchvision and onnx; default python3
 *         --zennit SRC                the folder that holds the package zennit, where it is not installed
 *         --captum SRC                the same for captum
 *         --grad-cam SRC              the same for pytorch_grad_cam
 *         --other-axes                only signals and volumes, beside zennit
 *         --regions                   only regions of segmenters, beside torch and zennit
 *         --attention --lxt SRC       only vision transformers, beside LXT in the folder SRC, which needs the package transformers
 *         --folder FOLDER             keeps networks and maps there; default a temporary folder
 *         --render                    nothing again, only docs/peers.md from docs/peers.json
 *
 * zennit, captum and pytorch-grad-cam are on PyPI (pip install zennit captum grad-cam), or github.com/chr5tphr/zennit,
 * pytorch/captum and jacobgil/pytorch-grad-cam; LXT is rachtibat/LRP-eXplains-Transformers there.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readNpy } from "@onnx-lrp/node";
import { compareAttention } from "./attention.ts";
import { type Case, cases } from "./cases.ts";
import { type Comparison, compare } from "./compare.ts";
import { compareOtherAxes } from "./other-axes.ts";
import { ownMap } from "./ours.ts";
import { compareRegions } from "./regions.ts";
import type { NetworkRow, OtherAxesRow, Peers, Row } from "./result.ts";
import { type NetworkName, readSetting, type Setting, writeDrawn } from "./setting.ts";
import { renderPeers } from "./table.ts";

const records = "docs/peers.json";
const page = "docs/peers.md";
const script = fileURLToPath(new URL("../peers.py", import.meta.url));
/** Of float32 against float64, and of stabilizers of 1e-6 against none. */
const rounding = 1e-5;
/** The same through twelve blocks of a transformer. */
const roundingOfDepth = 1e-4;

const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    zennit: { type: "string" },
    captum: { type: "string" },
    "grad-cam": { type: "string" },
    "other-axes": { type: "boolean", default: false },
    regions: { type: "boolean", default: false },
    attention: { type: "boolean", default: false },
    lxt: { type: "string" },
    folder: { type: "string" },
    render: { type: "boolean", default: false },
  },
});

if (options.render) writeFileSync(page, renderPeers(JSON.parse(readFileSync(records, "utf8")) as Peers));
else await inFolder(work());

function work(): (folder: string) => Promise<Peers> {
  if (options["other-axes"]) return onlyOtherAxes;
  if (options.attention) return onlyAttention;
  return options.regions ? onlyRegions : comparePeers;
}

async function inFolder(work: (folder: string) => Promise<Peers>): Promise<void> {
  const folder = resolve(options.folder ?? mkdtempSync(join(tmpdir(), "onnx-lrp-peers-")));
  mkdirSync(folder, { recursive: true });
  const peers = await work(folder);
  writeFileSync(records, `${JSON.stringify(peers, undefined, 2)}\n`);
  writeFileSync(page, renderPeers(peers));
  if (options.folder === undefined) rmSync(folder, { recursive: true });
}

async function onlyOtherAxes(folder: string): Promise<Peers> {
  const before = JSON.parse(readFileSync(records, "utf8")) as Peers;
  return { ...before, otherAxes: await otherAxes(folder) };
}

async function onlyRegions(folder: string): Promise<Peers> {
  const before = JSON.parse(readFileSync(records, "utf8")) as Peers;
  return { ...before, regions: await regions(folder) };
}

async function onlyAttention(folder: string): Promise<Peers> {
  const before = JSON.parse(readFileSync(records, "utf8")) as Peers;
  return { ...before, attention: await attention(folder) };
}

async function regions(folder: string): Promise<readonly NetworkRow[]> {
  const rows = await compareRegions(options.python, folder, options.zennit);
  return checked(rows, "regions.py", rounding);
}

async function attention(folder: string): Promise<readonly NetworkRow[]> {
  const { python, lxt, zennit } = options;
  if (lxt === undefined) {
    process.stderr.write("Say with --lxt SRC where LXT lies.\n");
    process.exit(2);
  }
  return checked(await compareAttention(python, folder, { lxt, zennit }), "attention.py", roundingOfDepth);
}

function checked(rows: readonly NetworkRow[] | string, script: string, bound: number): readonly NetworkRow[] {
  if (typeof rows === "string") {
    process.stderr.write(`${rows}\n${script} did not come to its end.\n`);
    process.exit(2);
  }
  for (const { network, call, difference, correlation } of rows) {
    const right = difference <= bound;
    const line = `${call} ${network}: ${difference.toExponential(1)}, ${correlation.toFixed(6)}`;
    process.stderr.write(`${right ? "" : "DIFFERS "}${line}\n`);
    if (!right) process.exitCode = 1;
  }
  return rows;
}

async function otherAxes(folder: string): Promise<readonly OtherAxesRow[]> {
  const rows = await compareOtherAxes(options.python, folder, options.zennit);
  if (typeof rows === "string") {
    process.stderr.write(`${rows}\nother_axes.py did not come to its end.\n`);
    process.exit(2);
  }
  for (const { call, networks } of rows) {
    for (const [name, { difference, correlation }] of Object.entries(networks)) {
      const right = difference <= rounding;
      const line = `${call} ${name}: ${difference.toExponential(1)}, ${correlation.toFixed(6)}`;
      process.stderr.write(`${right ? "" : "DIFFERS "}${line}\n`);
      if (!right) process.exitCode = 1;
    }
  }
  return rows;
}

async function comparePeers(folder: string): Promise<Peers> {
  runPython("networks", folder);
  const setting = await readSetting(folder);
  await writeDrawn(setting);
  runPython("maps", folder);
  const rows: Row[] = [];
  for (const wanted of cases) rows.push(await compareCase(setting, wanted));
  const versions = JSON.parse(readFileSync(`${folder}/versions.json`, "utf8")) as Record<string, string>;
  const before = JSON.parse(readFileSync(records, "utf8")) as Peers;
  return {
    ...{ versions, rows, otherAxes: await otherAxes(folder), regions: await regions(folder) },
    // It takes packages of its own.
    attention: options.lxt === undefined ? before.attention : await attention(folder),
  };
}

async function compareCase(setting: Setting, wanted: Case): Promise<Row> {
  const networks: Partial<Record<NetworkName, Comparison>> = {};
  for (const { name, target } of setting.networks) {
    if (wanted.networks?.includes(name) === false) continue;
    const peer = await readNpy(`${setting.folder}/${name}/${wanted.map}.npy`);
    const found = compare(await ownMap(setting, name, target, wanted), Float64Array.from(peer.data, Number));
    networks[name] = found;
    const mayDiffer = wanted.why !== undefined && wanted.differsOn?.includes(name) !== false;
    const line = `${wanted.map} ${name}: ${found.difference.toExponential(1)}, ${found.correlation.toFixed(6)}`;
    const right = mayDiffer === found.difference > rounding;
    process.stderr.write(`${right ? "" : mayDiffer ? "NOW AGREES " : "DIFFERS "}${line}\n`);
    if (!right) process.exitCode = 1;
  }
  const { method, words = "", peer, call, why } = wanted;
  return { method, options: words, peer, call, networks, ...(why === undefined ? {} : { why }) };
}

/** A step of peers.py, whose errors are ours. */
function runPython(step: "networks" | "maps", folder: string): void {
  const sources = (["zennit", "captum", "grad-cam"] as const).flatMap((peer) => {
    const source = options[peer];
    return source === undefined ? [] : [`--${peer}`, resolve(source)];
  });
  const run = spawnSync(options.python, [script, step, folder, ...sources], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (run.status === 0) return;
  process.stderr.write(
    `${run.error?.message ?? run.stderr.trim().split("\n").slice(-15).join("\n")}\npeers.py ${step} ended with ${run.status}.\n`,
  );
  process.exit(2);
}
