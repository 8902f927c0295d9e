/** A real browser for tests: chromium, if it is installed, with pages that come from this machine. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Where Debian, Chrome's own packages and macOS put it. */
const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser's path, that of the variable CHROMIUM first; undefined where none is installed, and tests skip. */
export const browserPath: string | undefined = [process.env.CHROMIUM ?? "", ...places].find(
  (path) => path !== "" && existsSync(path),
);

/** Why tests in a browser are skipped, for their titles. */
export const noBrowser: string = browserPath === undefined ? " (skipped: chromium is not installed)" : "";

/** @param flags of chromium's, besides what it needs here */
export async function startBrowser(flags: readonly string[] = []): Promise<Browser> {
  if (browserPath === undefined) throw new Error("chromium is not installed");
  // Within containers chromium cannot make a sandbox, and what runs in it here is our own.
  return chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", ...flags] });
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

/** A server on the loopback. */
export interface Site {
  /** With a slash at its end. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves folders, isolated from other origins so that pages may share memory between threads.
 *
 * @param folders by the beginning of the paths that they are served at: `/` and such as `/models/`
 */
export async function serveFolders(folders: Readonly<Record<string, string>>): Promise<Site> {
  const prefixes = Object.entries(folders).toSorted(([a], [b]) => b.length - a.length);
  const server = createServer(async ({ url = "/" }, response) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    const [prefix = "/", folder = ""] = prefixes.find(([start]) => path.startsWith(start)) ?? [];
    const file = join(
      folder,
      path.endsWith("/") ? `${path.slice(prefix.length)}index.html` : path.slice(prefix.length),
    );
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    try {
      const bytes = await readFile(file);
      response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return { address: `http://127.0.0.1:${await listen(server)}/`, close: () => closed(server) };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
