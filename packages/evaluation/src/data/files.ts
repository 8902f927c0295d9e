/** Finds pictures and their descriptions on disk. */
import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { readBoundedText } from "@onnx-lrp/node/internal";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { hasCode } from "../has-code.ts";

/** Deep enough for any layout; also ends links that lead back upwards. */
const maxDepth = 8;

/** A text file without its byte order mark. @throws UserError "usage" */
export function readText(
  what: string,
  path: string,
  limit: "listFileBytes" | "textFileBytes" = "listFileBytes",
): Promise<string> {
  return readBoundedText(path, { what, limit, kind: "usage" });
}

/** @throws UserError "usage" */
export async function readJson(what: string, path: string): Promise<unknown> {
  const text = await readText(what, path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("usage", `The JSON of the ${what} "${path}" cannot be read: ${reason}.`, { cause });
  }
}

export function unreadable(what: string, path: string, cause: unknown): UserError {
  const sentence = hasCode(cause, "ENOENT", "ENOTDIR")
    ? `There is no ${what} "${path}".`
    : `The ${what} "${path}" cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`;
  return new UserError("usage", sentence, {
    subject: { file: path },
    remedies: [textRemedy("check the path")],
    cause,
  });
}

interface Listed {
  readonly name: string;
  readonly isFolder: boolean;
}

/** The contents of a folder without hidden files, following links, in the order of the names' code units. */
export async function list(folder: string): Promise<Listed[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable("folder", folder, cause);
  }
  const shown = entries.filter(({ name }) => !name.startsWith(".") && name !== "__MACOSX");
  const listed: Listed[] = [];
  for (const entry of shown) {
    const linked = entry.isSymbolicLink()
      ? await stat(join(folder, entry.name)).catch(() => undefined)
      : entry;
    if (linked) listed.push({ name: entry.name, isFolder: linked.isDirectory() });
  }
  return listed.sort((a, b) => compare(a.name, b.name));
}

/** Paths within `folder`, "/" between folders, of all files below it for which `wanted` holds. */
export async function walk(
  folder: string,
  wanted: (name: string) => boolean,
  within = "",
  depth = 0,
): Promise<string[]> {
  const found: string[] = [];
  for (const { name, isFolder } of await list(join(folder, within))) {
    const path = within === "" ? name : `${within}/${name}`;
    if (!isFolder && wanted(name)) found.push(path);
    if (isFolder && depth < maxDepth) found.push(...(await walk(folder, wanted, path, depth + 1)));
  }
  return found;
}

/** By code units: the same order on every machine and in every language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The folder that the files of a list are relative to: the first candidate that contains one of them. Some of the files may
 * be missing, which is reported when they are read.
 *
 * @throws UserError "usage" if no file is in any of them
 */
export function folderOf(files: readonly string[], candidates: readonly string[], listPath: string): string {
  const step = Math.max(1, Math.floor(files.length / 50));
  const some = files.filter((_, i) => i % step === 0);
  const found = candidates.find((folder) => some.some((file) => existsSync(resolve(folder, file))));
  if (found !== undefined || files.length === 0) return found ?? candidates[0] ?? ".";
  throw new UserError(
    "usage",
    `The pictures of "${listPath}" (the first is "${files[0]}") were not found in ${[...new Set(candidates)].map((folder) => `"${folder}"`).join(", ")}.`,
    { subject: { file: listPath }, remedies: [textRemedy("put the list beside its pictures")] },
  );
}

/**
 * Where the files of a list lie. A list comes from others, and so may name what is none of its business.
 *
 * @param folder that its paths are relative to
 * @throws UserError "usage" for a file outside of the folder and of the list's own, unless that is allowed
 */
export function resolverOf(
  listPath: string,
  folder: string,
  { allowOutside = false }: { readonly allowOutside?: boolean | undefined },
): (file: string) => string {
  const roots = [dirname(listPath), folder].map((root) => resolve(root));
  return (file) => {
    const path = resolve(folder, file);
    if (allowOutside || roots.some((root) => isWithin(root, path))) return path;
    throw new UserError(
      "usage",
      `The list "${listPath}" names "${file}", which lies outside of its folder.`,
      {
        subject: { file: listPath, option: "allowOutside" },
        remedies: [
          { kind: "option", option: "allowOutside", note: "if you trust the list" },
          textRemedy("put the pictures beside the list"),
        ],
      },
    );
  };
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A listed file in the form of item ids: relative to the folder, with "/" between folders. */
export function namedWithin(folder: string, file: string): string {
  const path = isAbsolute(file) ? relative(folder, file) : relative(folder, resolve(folder, file));
  return path.split(sep).join("/");
}

/** Maps in order, with at most `width` calls at a time. */
export async function mapConcurrently<T, R>(
  values: readonly T[],
  width: number,
  map: (value: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(values.length);
  let next = 0;
  const work = async () => {
    for (let i = next++; i < values.length; i = next++) {
      const value = values[i];
      if (value !== undefined) results[i] = await map(value);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, values.length) }, work));
  return results;
}
