/** zennit and captum on the same networks and cores, measured by test/bench/peers.py. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./measure.ts";

export interface PeerMeasurement {
  readonly network: string;
  readonly peer: string;
  /** Milliseconds of torch's forward pass, and of an explanation for one target and for five; null: it refused. */
  readonly forwardMs: number;
  readonly oneMs: number | null;
  readonly fiveMs: number | null;
  /** Why there is no figure. */
  readonly reason: string | null;
}

const script = fileURLToPath(new URL("../peers.py", import.meta.url));

/** @param python an interpreter with torch, torchvision, zennit and captum */
export function measurePeers(python: string, results: readonly Measurement[]): PeerMeasurement[] {
  return results.flatMap(({ network }) => {
    process.stderr.write(`peers on ${network}\n`);
    const { status, stdout, stderr } = spawnSync(python, [script, network], { encoding: "utf8" });
    if (status !== 0) throw new Error(`peers.py ended with ${status}: ${stderr.slice(-2000)}`);
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as PeerMeasurement[];
  });
}
