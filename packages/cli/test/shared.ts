/** Runs of the command line: in this process, in a folder of their own, as text for a snapshot. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { main } from "../src/main.ts";

const vgg = fileURLToPath(new URL("../../../models/networks/vgg.onnx", import.meta.url));
export const picture = (name: string): string =>
  fileURLToPath(new URL(`../../../models/pictures/${name}.png`, import.meta.url));
export const binary = fileURLToPath(new URL("../../onnx-lrp/bin/onnx-lrp.js", import.meta.url));

/** A new folder that goes when the test ends, and is the current one until then. */
export function enterFolder(): string {
  const before = process.cwd();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "onnx-lrp-")));
  process.chdir(folder);
  onTestFinished(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A folder with the shipped network as `vgg.onnx`, and two pictures. */
export function enterWithNetwork(): string {
  const folder = enterFolder();
  copyFileSync(vgg, "vgg.onnx");
  for (const name of ["dotted-disc", "striped-star"]) copyFileSync(picture(name), `${name}.png`);
  return folder;
}

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process. */
export async function run(...args: readonly string[]): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  // yargs prints help and version by itself.
  const log = vi.spyOn(console, "log").mockImplementation((text) => out.push(String(text)));
  const error = vi.spyOn(console, "error").mockImplementation((text) => err.push(String(text)));
  try {
    const code = await main(args, { out: (line) => out.push(line), say: (line) => err.push(line) });
    return { code, out: out.join("\n"), err: err.join("\n") };
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}

/** The words of a command line; a word in quotes may hold spaces. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Numbers that differ between processors in their last digits, and the test's own folder, are masked. */
function masked(text: string): string {
  return text
    .replaceAll(process.cwd(), "FOLDER")
    .replace(/\b[\d.]+(e-?\d+)? %/g, "P %")
    .replace(/logit -?[\d.]+(e-?\d+)?/g, "logit L");
}

/** The command line, what it printed, and how it ended, as text. */
export function transcript(line: string, { code, out, err }: Run): string {
  return [
    `$ onnx-lrp ${line}`,
    ...(out === "" ? [] : [masked(out)]),
    ...(err === "" ? [] : ["--- stderr", masked(err)]),
    `--- exit code ${code}`,
  ].join("\n");
}

export interface Ended extends Run {
  readonly signal: NodeJS.Signals | null;
}

/** Runs the built command in a process of its own. */
export function launch(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; started?: (child: ReturnType<typeof spawn>) => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [binary, ...args], { env: { ...process.env, ...options.env } });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += String(data);
  });
  child.stderr.on("data", (data) => {
    err += String(data);
  });
  options.started?.(child);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code: code ?? -1, signal, out, err }));
  });
}

/** Signs of a stack trace. */
export const stack = /\n\s+at |node:internal|\.js:\d+|\.ts:\d+/;

/** What is said of the tiny network, whose output has no Softmax and whose classes have no names. */
export const readAsLogits =
  'The network does not say what its output "y" is: it is read as the logits of 5 classes (--head score reads it as numbers).';
