import { randomUUID } from "node:crypto";
import { rmSync, type Stats } from "node:fs";
import { mkdir, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Remedy, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
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
    await makeFolder(dirname(path));
    const target = await realpath(path).catch(() => path);
    const before = await statIfThere(target);
    // A rename would put a plain file where the device was, and cannot replace a folder.
    if (before && !before.isFile()) await writeFile(target, bytes);
    else await writeBeside(target, bytes, before ? before.mode & 0o777 : 0o666);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * Makes a folder and those on the way to it. Node's own way does not end where the file system says that there is no place for
 * one.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EEXIST" || code === "EISDIR" || code === "EROFS" || code === "EPERM" || code === "EACCES") {
      if ((await statIfThere(path))?.isDirectory()) return;
      throw cause;
    }
    const above = dirname(path);
    if (code !== "ENOENT" || above === path || (await statIfThere(above))?.isDirectory()) throw cause;
    await makeFolder(above);
    await mkdir(path);
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

/** The error for a file that could not be written. */
export function writeError(path: string, cause: unknown): UserError {
  const { reason, remedies } = failure(path, cause);
  return new UserError("output", reason, { subject: { file: path }, remedies, cause });
}

const elsewhere = textRemedy("choose another place");

function failure(path: string, cause: unknown): { reason: string; remedies: readonly Remedy[] } {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return {
        reason: `The permissions of "${path}" do not allow writing it.`,
        remedies: [textRemedy("change the permissions"), elsewhere],
      };
    case "ENOSPC":
    case "EDQUOT":
      return {
        reason: `There is no space left to write "${path}".`,
        remedies: [textRemedy("free some"), elsewhere],
      };
    case "EROFS":
      return { reason: `"${path}" is on a file system that cannot be written to.`, remedies: [elsewhere] };
    case "ENOENT":
      return { reason: `"${path}" cannot be written: its folder cannot be made.`, remedies: [elsewhere] };
    case "ENOTDIR":
    case "EEXIST":
      return {
        reason: `"${path}" cannot be written, since a part of its path is a file and not a folder.`,
        remedies: [elsewhere],
      };
    case "EISDIR":
      return { reason: `"${path}" is a folder.`, remedies: [textRemedy("give the name of a file")] };
    case "ENAMETOOLONG":
      return {
        reason: `"${path}" cannot be written, since its name is too long.`,
        remedies: [textRemedy("choose a shorter one")],
      };
    default: {
      const message = cause instanceof Error ? cause.message : String(cause);
      return { reason: `"${path}" cannot be written (${message}).`, remedies: [] };
    }
  }
}
