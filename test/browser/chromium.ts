/** A page in chromium that has onnxruntime-web, with WebGPU by the software adapter that chromium brings. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { serveFolders, startBrowser } from "@onnx-lrp/test-kit/browser";
import type { Page } from "playwright-core";

/** `webgpu` has onnxruntime's own WebGPU provider; `all` an older one, written in JavaScript. */
type Bundle = "webgpu" | "all";

/** Its global `ort` is onnxruntime-web. */
const pageOf = (bundle: Bundle) => `<!doctype html><title>onnxruntime-web</title><script type="module">
import * as ort from "/ort/ort.${bundle}.bundle.min.mjs";
ort.env.wasm.wasmPaths = "/ort/";
ort.env.wasm.numThreads = 1;
globalThis.ort = ort;
</script>`;

/** What the page's console said since the last call. */
type Console = () => string[];

export async function withOnnxruntimeWeb<T>(
  bundle: Bundle,
  use: (page: Page, console: Console) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-webgpu-"));
  writeFileSync(join(folder, "index.html"), pageOf(bundle));
  const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));
  const site = await serveFolders({ "/": folder, "/ort/": runtime });
  const flags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
  const browser = await startBrowser(flags);
  try {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(site.address);
    await page.waitForFunction("globalThis.ort !== undefined");
    return await use(page, () => said.splice(0));
  } finally {
    await browser.close();
    await site.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
