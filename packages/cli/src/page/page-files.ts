/** The built page: its own files, which are made by `pnpm page:build`, and the networks and pictures that come with it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";

/** What is served under an address. */
export type Served =
  | { readonly kind: "file"; readonly path: string; readonly type: string }
  | { readonly kind: "text"; readonly text: string; readonly type: string };

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** A file as it is served, its type by its name. */
export function servedFile(path: string): Served {
  return { kind: "file", path, type: types[extname(path)] ?? "application/octet-stream" };
}

const builtFolder = fileURLToPath(new URL("../../page/", import.meta.url));

/**
 * What is served.
 *
 * @param opened names of the files that the page opens, in the order of their indices
 * @returns what is served, by path
 * @throws UserError `run` where the page was not built
 */
export async function pageFiles(
  opened: readonly string[],
  folder = builtFolder,
): Promise<Map<string, Served>> {
  const { picturesFolder, shippedNetworks } = await import("@onnx-lrp/models");
  const files = new Map<string, Served>();
  for (const path of builtFiles(folder)) {
    files.set(`/${relative(folder, path).split(sep).join("/")}`, servedFile(path));
  }
  for (const { name, file } of shippedNetworks) {
    files.set(`/networks/${name}.onnx`, servedFile(fileURLToPath(file)));
  }
  const pictures = fileURLToPath(picturesFolder);
  for (const name of readdirSync(pictures)) files.set(`/pictures/${name}`, servedFile(join(pictures, name)));
  const html = readFileSync(join(folder, "index.html"), "utf8");
  const said = escaped(JSON.stringify({ files: opened, shipped: null }));
  const start = html.replace("<head>", `<head><meta name="onnx-lrp-opened" content="${said}">`);
  const index: Served = { kind: "text", text: start, type: types[".html"] ?? "" };
  files.set("/", index);
  files.set("/index.html", index);
  return files;
}

function builtFiles(folder: string): string[] {
  if (statSync(join(folder, "index.html"), { throwIfNoEntry: false }) === undefined) {
    throw new UserError("run", "The page is not built.", {
      remedies: [textRemedy("run pnpm page:build in the repository, or install the package onnx-lrp again")],
    });
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** For an attribute's value. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
