/** The page as it is built, served as the command serves it, in a browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pageFiles, servePage } from "@onnx-lrp/cli/page-server";
import { startBrowser } from "@onnx-lrp/test-kit/browser";
import type { BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";

export interface BuiltPage {
  /** Of the built files. */
  readonly folder: string;
  /** With a slash at its end. */
  readonly address: string;
  /** Opens the page anew. */
  open(options?: BrowserContextOptions): Promise<OpenedPage>;
  close(): Promise<void>;
}

export interface OpenedPage {
  readonly page: Page;
  /** Addresses of everything that the page and its worker asked for. */
  readonly requested: readonly string[];
  /** Errors and warnings on the console, and what nobody caught. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

export async function buildPage(): Promise<BuiltPage> {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-page-"));
  await build({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "error",
    build: { outDir: folder },
  });
  const server = await servePage(await pageFiles([], folder), 0);
  const browser = await startBrowser();
  return {
    folder,
    address: server.address,
    async open(options = {}) {
      const context = await browser.newContext(options);
      const requested: string[] = [];
      const complaints: string[] = [];
      context.on("request", (request) => requested.push(request.url()));
      const page = await context.newPage();
      page.on("pageerror", ({ message }) => complaints.push(message));
      page.on("console", (line) => {
        if (["error", "warning"].includes(line.type())) complaints.push(line.text());
      });
      await page.goto(server.address);
      await page.waitForSelector(".welcome");
      return { page, requested, complaints, close: () => context.close() };
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the engine rests. */
export async function rest(page: Page): Promise<void> {
  await page.waitForSelector("main[aria-busy=false]", { timeout: 90_000 });
}

export async function openNetwork(page: Page, files: readonly string[]): Promise<void> {
  await page.setInputFiles('input[aria-label^="Open an .onnx"]', [...files]);
}

export async function openPicture(page: Page, file: string): Promise<void> {
  await page.setInputFiles('input[aria-label="Open a picture"]', file);
}

/** Opens a network that comes with the page. */
export async function chooseShipped(page: Page, title: string): Promise<void> {
  const others = page.getByRole("button", { name: "Others", exact: true });
  if (await others.isVisible()) await others.click();
  await page.locator(".shipped .row", { hasText: title }).click();
  await page.waitForSelector(".seen", { timeout: 90_000 });
  await rest(page);
}

/** The file that a click saves. */
export async function saved(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 90_000 }),
    page.getByRole("button", { name, exact: true }).click(),
  ]);
  return download.path();
}
