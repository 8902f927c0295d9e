/** Cases in a child process, with a watch on its time and memory. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Case, Ending } from "./case.ts";
import { peakOf, residentOf } from "./process-status.ts";

export interface Outcome {
  readonly kind: Ending["kind"] | "crash" | "hang" | "memory";
  readonly detail: string;
  readonly milliseconds: number;
  /** Of the child's memory, in MiB; 0 where the system does not say. */
  readonly peak: number;
}

export interface Bounds {
  /** Of the processor, where the system says how much a process used: a busy machine slows a case without hurting it. Else of the clock. */
  readonly milliseconds: number;
  /** MiB beyond what the child has before its first case. */
  readonly memory: number;
}

/** Limits of the library for what is run here: the machine has other things to do. */
const limits = "valueElements=16777216,inputElements=4194304,pictureBytes=67108864,arrayBytes=268435456";

/** A child serves so many cases. */
const mostCases = 500;

export function createRunner(bounds: Bounds) {
  let child: ChildProcess | undefined;
  let served = 0;

  /** What is sent before the child listens may be lost. */
  async function start(): Promise<ChildProcess> {
    served = 0;
    const made = fork(new URL("child.js", import.meta.url), {
      env: { ...process.env, ONNX_LRP_LIMITS: process.env.ONNX_LRP_LIMITS ?? limits },
      execArgv: ["--max-old-space-size=2048"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    await once(made, "message");
    return made;
  }

  return {
    stop: () => child?.kill("SIGKILL"),
    async run(one: Case): Promise<Outcome> {
      if (served >= mostCases) {
        child?.kill("SIGKILL");
        child = undefined;
      }
      child ??= await start();
      served += 1;
      const running = child;
      const begun = performance.now();
      const before = peakOf(running.pid) ?? 0;
      const computedBefore = computedOf(running.pid);
      let said = "";
      return new Promise((resolve) => {
        const end = (kind: Outcome["kind"], detail: string) => {
          clearInterval(watch);
          running.removeAllListeners();
          running.stderr?.removeAllListeners();
          if (kind === "crash" || kind === "hang" || kind === "memory") {
            running.kill("SIGKILL");
            child = undefined;
          }
          const peak = peakOf(running.pid) ?? 0;
          resolve({ kind, detail, milliseconds: performance.now() - begun, peak });
        };
        const watch = setInterval(() => {
          const passed = performance.now() - begun;
          const computed = computedOf(running.pid);
          const used =
            computed === undefined || computedBefore === undefined ? passed : computed - computedBefore;
          // What waits for ever uses no processor.
          if (used > bounds.milliseconds || passed > 10 * bounds.milliseconds)
            end("hang", `more than ${bounds.milliseconds / 1000} s`);
          else if ((residentOf(running.pid) ?? 0) - before > bounds.memory)
            end("memory", `more than ${bounds.memory} MiB`);
        }, 100);
        running.stderr?.on("data", (data) => {
          said = `${said}${data}`.slice(-2000);
        });
        running.on("message", (ending: Ending) =>
          end(ending.kind, ending.kind === "internal" ? ending.detail : ""),
        );
        running.on("exit", (code, signal) => {
          child = undefined;
          end("crash", `${signal ?? `exit code ${code}`} ${said}`);
        });
        running.send(one);
      });
    },
  };
}

/** Milliseconds of the processor that a process has used; undefined where the system has no /proc. */
function computedOf(pid: number | undefined): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold spaces; times are in hundredths of a second on every Linux.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * 10 : undefined;
  } catch {
    return undefined;
  }
}
