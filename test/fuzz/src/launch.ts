/** The command as a process of its own, which can be killed. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { statusOf } from "./process-status.ts";

const binary = fileURLToPath(new URL("../../../packages/onnx-lrp/bin/onnx-lrp.js", import.meta.url));

export interface Ended {
  /** null where it was killed. */
  readonly code: number | null;
  readonly said: string;
  readonly milliseconds: number;
}

export interface Launched {
  readonly child: ChildProcessByStdio<null, null, Readable>;
  /** When the process itself has ended; its children may still be there. */
  readonly ended: Promise<Ended>;
}

export function launch(args: readonly string[]): Launched {
  const begun = performance.now();
  const child = spawn(process.execPath, [binary, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said += String(text);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("exit", (code) => resolve({ code, said, milliseconds: performance.now() - begun }));
  });
  return { child, ended };
}

/** Of a process on Linux; elsewhere none is found. */
export function childrenOf({ pid }: ChildProcess): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text
      .split(" ")
      .filter((word) => word !== "")
      .map(Number);
  } catch {
    return [];
  }
}

export function isRunning(pid: number): boolean {
  // A process that has ended and that nobody has asked about is still listed.
  const state = statusOf(pid, "State");
  return state !== undefined && !/^[ZX]/.test(state);
}
