/** A page that has the package, as a bundler makes it, in a browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveFolders, startBrowser } from "@onnx-lrp/test-kit/browser";
import type { Page } from "playwright-core";
import { build } from "vite";

export interface TestPage {
  readonly page: Page;
  /** Addresses of everything that the page and its workers asked for. */
  readonly requested: readonly string[];
  /** What the page wrote to its console as errors, and what it did not catch. */
  readonly errors: readonly string[];
  /** Of the page, with a slash at its end. */
  readonly address: string;
  close(): Promise<void>;
}

const here = fileURLToPath(new URL(".", import.meta.url));
const models = fileURLToPath(new URL("../../../models/", import.meta.url));

/** Builds the page, and opens it. `/models/` has the networks and pictures that ship, `/files/` what lies in `folder`. */
export async function openTestPage(folder: string): Promise<TestPage> {
  const built = mkdtempSync(join(tmpdir(), "onnx-lrp-web-"));
  await build({
    ...{ configFile: false, root: join(here, "page"), base: "./", logLevel: "error" },
    worker: { format: "es" },
    build: { outDir: built, emptyOutDir: true, minify: false, reportCompressedSize: false },
  });
  const site = await serveFolders({ "/": built, "/models/": models, "/files/": folder });
  const browser = await startBrowser();
  const context = await browser.newContext();
  const requested: string[] = [];
  const errors: string[] = [];
  context.on("request", (request) => requested.push(request.url()));
  const page = await context.newPage();
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (line) => {
    if (line.type() === "error") errors.push(line.text());
  });
  await page.goto(site.address);
  return {
    ...{ page, requested, errors, address: site.address },
    async close() {
      await browser.close();
      await site.close();
      rmSync(built, { recursive: true, force: true });
    },
  };
}
