/** Folders of runs, whose files are damaged. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { command, network, pictureFile } from "../command.ts";
import { type ByteEdit, byteEdit, editBytes } from "../edit-bytes.ts";
import type { Kind } from "../kind.ts";

type Edit = { readonly what: "file"; readonly index: number; readonly rehash: boolean } | ByteEdit;

let whole: Promise<string> | undefined;

/** A run of four pictures, made once for each process. */
async function makeRun(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-fuzz-run-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, "data", "1");
  mkdirSync(data, { recursive: true });
  for (const name of ["a", "b", "c", "d"]) cpSync(pictureFile, join(data, `${name}.png`));
  const out = join(folder, "run");
  const args = ["--methods", "edge,random", "--metrics", "sparseness", "--out", out, "--quiet"];
  const { code, said } = await command(["evaluate", network, join(folder, "data"), ...args]);
  if (code !== 0) throw new Error(`The honest run ended with ${code}: ${said}`);
  return out;
}

export const folders: Kind<Edit> = {
  edits: fc
    .tuple(
      fc.record({ what: fc.constant("file" as const), index: fc.nat(20), rehash: fc.boolean() }),
      fc.array(byteEdit, { minLength: 1, maxLength: 3 }),
    )
    .map(([file, edits]) => [file, ...edits]),
  async run(edits, folder) {
    whole ??= makeRun();
    const run = join(folder, "run");
    rmSync(run, { recursive: true, force: true });
    cpSync(await whole, run, { recursive: true });
    const files = filesIn(run).filter((name) => /\.(parquet|json)$/.test(name) && !/summary/.test(name));
    const [first] = edits;
    const { index, rehash } = first?.what === "file" ? first : { index: 0, rehash: false };
    const path = files[index % files.length] ?? "";
    let bytes: Buffer = readFileSync(path);
    // Without its checksum a part is one of another program's, and everything in it is looked at.
    if (rehash)
      bytes = Buffer.from(bytes.toString("latin1").replace("onnx-lrp.sha256", "onnx-lrp.none!!"), "latin1");
    writeFileSync(
      path,
      editBytes(
        bytes,
        edits.filter((edit): edit is ByteEdit => edit.what !== "file"),
      ),
    );
    const { code, said } = await command(["summarize", run]);
    if (/in onnx-lrp itself|is not a function|Cannot read prop/.test(said)) throw new Error(said);
    if (code === 0 && !existsSync(join(run, "summary.json"))) throw new Error("no summary");
  },
};

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
