/** The programs that tests start and kill, each in few files with all that it imports: of many, Node.js loads for a second. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** @returns a new folder with `fake-main.mjs` and `fake-worker.mjs`, made of the sources */
export async function bundlePrograms(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "evaluation-programs-"));
  const programs = [new URL("fake-main.mjs", import.meta.url), new URL("fake-worker.mjs", import.meta.url)];
  const bundle = await rolldown({
    input: programs.map((program) => fileURLToPath(program)),
    platform: "node",
    external: ["sharp", "onnxruntime-node", "onnxruntime-web"],
    resolve: { conditionNames: ["@onnx-lrp/source", "node", "import", "default"] },
  });
  await bundle.write({ dir: folder, entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" });
  await bundle.close();
  return folder;
}
