/** The Python process that exports networks (models/recipes/export_coverage.py). */
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Library } from "./result.ts";

const script = "models/recipes/export_coverage.py";

export interface Listed {
  readonly versions: Readonly<Record<string, string>>;
  readonly networks: readonly {
    readonly library: Library;
    readonly name: string;
    readonly family: string;
    /** null where it is known only after the export. */
    readonly weightsMB: number | null;
  }[];
}

/** @returns what there is to export, or a sentence that says why Python cannot tell */
export function listNetworks(python: string): Listed | string {
  const run = spawnSync(python, [script, "--list"], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (run.status === 0) {
    process.stderr.write(run.stderr);
    return JSON.parse(run.stdout) as Listed;
  }
  const cause = run.error?.message ?? run.stderr.trim().split("\n").at(-1) ?? "";
  return (
    `Networks cannot be exported with "${python}" (${cause}). Give a Python that has what it takes by --python PATH: ` +
    "pip install torch torchvision timm onnx"
  );
}

interface Exported {
  readonly weightsMB: number;
  /** The batch is 1, for it could not be left open. */
  readonly fixedBatch: boolean;
}

export interface Exporter {
  /** Writes the network to `out`, or says why not. */
  export(library: Library, name: string, out: string): Promise<Exported | { readonly error: string }>;
  close(): void;
}

interface Running {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: Interface;
}

/** @param limit seconds an export may take; then its process is ended, and the next export starts another */
export function openExporter(python: string, limit: number): Exporter {
  let running: Running | undefined;
  const start = (): Running => {
    const child = spawn(python, [script], { stdio: ["pipe", "pipe", "ignore"] });
    child.on("error", () => undefined); // told by the lines' end
    child.stdin.on("error", () => undefined);
    return { process: child, lines: createInterface({ input: child.stdout }) };
  };
  return {
    async export(library, name, out) {
      running ??= start();
      const { process: child, lines } = running;
      const timer = setTimeout(() => child.kill("SIGKILL"), limit * 1000);
      const answer = new Promise<string | undefined>((resolve) => {
        lines.once("line", resolve);
        lines.once("close", () => resolve(undefined));
      });
      child.stdin.write(`${JSON.stringify({ library, name, out })}\n`);
      const line = await answer;
      clearTimeout(timer);
      lines.removeAllListeners("close");
      if (line !== undefined) return JSON.parse(line) as Exported | { error: string };
      running = undefined;
      return { error: `the exporting process ended, or took more than ${limit} seconds` };
    },
    close() {
      running?.process.stdin.end();
    },
  };
}
