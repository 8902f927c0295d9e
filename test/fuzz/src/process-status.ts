/** What the system says of a process; undefined where it has no /proc, or the process is gone. */
import { readFileSync } from "node:fs";

/** A line of `/proc/PID/status`. */
export function statusOf(pid: number | undefined, name: string): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return new RegExp(`^${name}:\\s+(.*)`, "m").exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** MiB of it now. */
export const residentOf = (pid: number | undefined) => memoryOf(pid, "VmRSS");

/** The most MiB that it had. */
export const peakOf = (pid: number | undefined) => memoryOf(pid, "VmHWM");

function memoryOf(pid: number | undefined, name: "VmRSS" | "VmHWM"): number | undefined {
  const kibibytes = /^\d+/.exec(statusOf(pid, name) ?? "")?.[0];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}
