/** A page in Debian's chromium that has onnxruntime-web, with WebGPU by the software adapter that chromium brings. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, extname, join } from "node:path";
import { chromium, type Page } from "playwright-core";

/** Where a chromium is; undefined where none is. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== "" && existsSync(path));

const types: Readonly<Record<string, string>> = { ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** `webgpu` has onnxruntime's own WebGPU provider; `all` an older one, written in JavaScript. */
type Bundle = "webgpu" | "all";

/** Its global `ort` is onnxruntime-web. */
const pageOf = (bundle: Bundle) => `<!doctype html><title>onnxruntime-web</title><script type="module">
import * as ort from "/ort.${bundle}.bundle.min.mjs";
ort.env.wasm.wasmPaths = "/";
ort.env.wasm.numThreads = 1;
globalThis.ort = ort;
</script>`;

/** onnxruntime-web's files, and a page that loads it, on the loopback. */
async function serve(bundle: Bundle): Promise<Server> {
  const files = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const answer = (status: number, type: string, body: string | Uint8Array) =>
      response.writeHead(status, { "content-type": type }).end(body);
    if (name === "") answer(200, "text/html", pageOf(bundle));
    else if (!/^[\w.-]+$/.test(name)) answer(404, "text/plain", "");
    else {
      readFile(join(files, name)).then(
        (bytes) => answer(200, types[extname(name)] ?? "application/octet-stream", bytes),
        () => answer(404, "text/plain", ""),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** What the page's console said since the last call. */
type Console = () => string[];

export async function withOnnxruntimeWeb<T>(
  bundle: Bundle,
  use: (page: Page, console: Console) => Promise<T>,
): Promise<T> {
  const server = await serve(bundle);
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? "",
    args: [
      ...["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
      "--enable-features=Vulkan",
    ],
  });
  try {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("globalThis.ort !== undefined");
    return await use(page, () => said.splice(0));
  } finally {
    await browser.close();
    server.close();
  }
}
