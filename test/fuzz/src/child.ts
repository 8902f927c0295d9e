/** Performs the cases that it is sent, one after another; a process of its own, so that a crash is a result. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Case, perform } from "./case.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("disconnect", () => process.exit(0));
process.on("message", async (one: Case) => {
  const own = join(folder, "case");
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own);
  process.send?.(await perform(one, own));
});
process.send?.({ kind: "ready" });
