/**
 * One run at a time in a folder. A file in it says who holds it; it goes with the run, and where a process was killed with it,
 * the next run sees that the process is no more.
 */
import { rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { makeFolder } from "@onnx-lrp/node/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { z } from "zod";
import { readRunText } from "./read-text.ts";

/** Of the file in the run's folder. */
export const lockName = "run.lock";

const format = z.object({ process: z.int().positive(), host: z.string(), since: z.string() });

/** Folders that this process holds. */
const held = new Set<string>();

/**
 * Takes a run's folder, which is made if it is not there.
 *
 * @returns gives it back
 * @throws UserError `usage` naming the process that holds it, `output` where it cannot be written
 */
export async function lockRunFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), lockName);
  const own = { process: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    await makeFolder(folder);
  } catch {
    // Opening the folder says what is wrong with it.
    return async () => {};
  }
  // A second time where a stale lock was removed.
  for (const last of [false, true]) {
    if (await tryToWrite(folder, path, JSON.stringify(own))) return holding(path);
    const holder = await readHolder(path);
    if (holder !== undefined && (last || !isStale(holder, path))) throw taken(folder, path, holder);
    await rm(path, { force: true });
  }
  throw taken(folder, path, undefined);
}

function holding(path: string): () => Promise<void> {
  held.add(path);
  const onExit = () => rmSync(path, { force: true });
  process.on("exit", onExit);
  return async () => {
    process.removeListener("exit", onExit);
    held.delete(path);
    await rm(path, { force: true });
  };
}

/** @returns false where the file is there already */
async function tryToWrite(folder: string, path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw new UserError("output", `"${folder}" cannot be written (${codeOf(cause) ?? String(cause)}).`, {
      subject: { file: folder },
      remedies: [textRemedy("choose another folder")],
      cause,
    });
  }
}

type Holder = z.infer<typeof format>;

/** undefined for a lock that is gone, or that a process was killed in writing. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const checked = format.safeParse(JSON.parse((await readRunText(path, "lock")) ?? ""));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

function isStale(holder: Holder, path: string): boolean {
  if (holder.host !== hostname()) return false;
  // Numbers of processes come again.
  if (holder.process === process.pid) return !held.has(path);
  try {
    process.kill(holder.process, 0);
    return false;
  } catch (cause) {
    // A process of another user is there all the same.
    return codeOf(cause) === "ESRCH";
  }
}

function taken(folder: string, path: string, holder: Holder | undefined): UserError {
  const who =
    holder === undefined
      ? "another process"
      : `process ${holder.process} on ${holder.host}, since ${holder.since}`;
  return new UserError("usage", `"${folder}" is in use by another run (${who}).`, {
    subject: { file: folder },
    remedies: [
      textRemedy("wait for its end"),
      textRemedy("choose another folder"),
      textRemedy(`if it is no more, delete "${path}"`),
    ],
  });
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}
