import { randomUUID } from "node:crypto";
import { rmSync, type Stats } from "node:fs";
import { mkdir, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader";
import { onExit } from "signal-exit";

// Our own rather than write-file-atomic: its releases for Node 20 write once and do not look at how much was
// written, so that a full disk can leave half a file under the final name.

/**
 * Writes a file whole or not at all: into a new file beside it, which then takes its name. Folders on the way
 * are made. If writing fails, or the process is ended by a signal (SIGINT, SIGTERM), the new file is removed.
 * An existing file keeps its permissions; a symbolic link stays one; a device or pipe is written to directly.
 *
 * @throws UserError "output" naming the path
 */
export async function writeFileWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const target = await realpath(path).catch(() => path);
    const before = await statIfThere(target);
    // A rename would put a plain file where the device was, and cannot replace a folder.
    if (before && !before.isFile()) await writeFile(target, bytes);
    else await writeBeside(target, bytes, before ? before.mode & 0o777 : 0o666);
  } catch (cause) {
    throw new UserError("output", writeFailure(path, cause), { cause });
  }
}

async function writeBeside(target: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = `${target}.${randomUUID().slice(0, 8)}.tmp`;
  const forget = onExit(() => rmSync(temporary, { force: true }));
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  } finally {
    forget();
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

/** One sentence for a file that could not be written. */
export function writeFailure(path: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `"${path}" may not be written; change the permissions or choose another place.`;
    case "ENOSPC":
    case "EDQUOT":
      return `There is no room left to write "${path}"; free some or choose another place.`;
    case "EROFS":
      return `"${path}" lies on a file system that cannot be written to; choose another place.`;
    case "ENOTDIR":
    case "EEXIST":
      return `"${path}" cannot be written, since a part of its path is a file and not a folder; choose another place.`;
    case "EISDIR":
      return `"${path}" is a folder; give the name of a file.`;
    case "ENAMETOOLONG":
      return `"${path}" cannot be written, since its name is too long; choose a shorter one.`;
    default:
      return `"${path}" cannot be written (${cause instanceof Error ? cause.message : String(cause)}).`;
  }
}
