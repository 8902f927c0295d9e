/** The option --out, which says the same for every command: where results go. */
import { existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";

export const outHelp =
  "Folder for the results, made if it is missing; a name with an ending is the file itself";

/** The file itself, or the file of that name in the folder. */
export function fileIn(out: string, name: string): string {
  const isFolder = existsSync(out) ? statSync(out).isDirectory() : extname(out) === "" || /[\\/]$/.test(out);
  return isFolder ? join(out, name) : out;
}

/**
 * The folder that a command with several results writes to.
 *
 * @throws UserError `usage` if it has a picture's or an array's name, which is likely meant as that of the one result
 */
export function folderAt(out: string): string {
  const ending = extname(out);
  const isFile = !existsSync(out) && /^\.(png|jpe?g|webp|gif|svg|npy|npz|json|html)$/i.test(ending);
  if (!isFile) return out;
  throw new UserError(
    "usage",
    `--out "${out}" is named like a file, and takes a folder: there are several results.`,
    {
      subject: { option: "out" },
      remedies: [textRemedy(`name a folder, such as --out "${out.slice(0, -ending.length)}"`)],
    },
  );
}
