/** The option --out, which says the same for every command: where results go. */
import { existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";

export const outHelp =
  "Folder for the results, made if it is missing; a name with an ending is the file itself";

/** The file itself, or the file of that name in the folder. */
export function fileIn(out: string, name: string): string {
  const isFolder = existsSync(out) ? statSync(out).isDirectory() : extname(out) === "" || /[\\/]$/.test(out);
  return isFolder ? join(out, name) : out;
}
