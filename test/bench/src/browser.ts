/**
 * What a map costs in a browser, over Node.js on the same machine, in alternating runs:
 *
 *     pnpm bench --browser        the networks that ship
 *
 * `first`: from nothing to the first map, of a page that is open, over a process that starts. `second`: another class of the same
 * network, over the same class again.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shippedNetworks } from "@onnx-lrp/models";
import { chromium, type Page } from "playwright-core";
import { build, preview } from "vite";
import { median } from "./clock.ts";

export interface BrowserMeasurement {
  readonly network: string;
  /** Medians, in milliseconds. */
  readonly browser: number;
  readonly node: number;
  /** browser over node */
  readonly first: number;
  /** Another class over the same one. */
  readonly second: number;
}

const picture = fileURLToPath(
  new URL("../../../models/pictures/striped-star_ringed-triangle.png", import.meta.url),
);
const root = fileURLToPath(new URL("../../../packages/web/test/page/", import.meta.url));
const chrome = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const rounds = 3;

/** @param names of networks; none for all @returns undefined where there is no chromium */
export async function measureBrowser(names: readonly string[]): Promise<BrowserMeasurement[] | undefined> {
  if (chrome === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-bench-web-"));
  const settings = { configFile: false, root, base: "./", logLevel: "error" } as const;
  await build({ ...settings, worker: { format: "es" }, build: { outDir: folder, emptyOutDir: true } });
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  };
  const server = await preview({ ...settings, build: { outDir: folder }, preview: { headers, open: false } });
  const browser = await chromium.launch({ executablePath: chrome, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(server.resolvedUrls?.local[0] ?? "");
    const measured: BrowserMeasurement[] = [];
    for (const { name, file } of shippedNetworks) {
      if (names.length > 0 && !names.includes(name)) continue;
      process.stderr.write(`${name} in a browser\n`);
      measured.push(await measureOne(page, name, fileURLToPath(file)));
    }
    return measured;
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOne(page: Page, network: string, file: string): Promise<BrowserMeasurement> {
  const inPage: PageTimes[] = [];
  const onNode: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    inPage.push(await timesInPage(page, file));
    onNode.push(timeOnNode(file));
  }
  const [browser, node] = [median(inPage.map(({ first }) => first)), median(onNode)];
  const second = median(inPage.map(({ same, other }) => other / same));
  return { network, browser, node, first: browser / node, second };
}

interface PageTimes {
  readonly first: number;
  readonly same: number;
  readonly other: number;
}

/** What runs in the page is text: its types are those of another program. */
async function timesInPage(page: Page, file: string): Promise<PageTimes> {
  const run = `async ([model, bytes]) => {
    const picture = new File([bytes], "picture.png");
    const timed = async (task) => { const start = performance.now(); await task(); return performance.now() - start; };
    let network;
    const first = await timed(async () => {
      network = await onnxLrp.openNetwork(new File([model], "model.onnx"));
      await network.explain(picture);
    });
    const { top } = await network.explain(picture);
    const [one, two] = top.map(({ box }, i) => box === undefined ? top[i].class : "box:" + (i + 1));
    const [same, other] = [[], []];
    for (let i = 0; i < 5; i++) {
      same.push(await timed(() => network.explain(picture, { target: one })));
      other.push(await timed(() => network.explain(picture, { target: two ?? one })));
    }
    await network.close();
    const middle = (times) => times.sort((a, b) => a - b)[2];
    return { first, same: middle(same), other: middle(other) };
  }`;
  const bytes = [file, picture].map((path) => new Uint8Array(readFileSync(path)));
  return page.evaluate(functionOf(run), bytes);
}

/** A function of the page from its text. */
function functionOf(text: string): (bytes: readonly Uint8Array[]) => Promise<PageTimes> {
  return new Function("bytes", `return (${text})(bytes)`) as ReturnType<typeof functionOf>;
}

/** Milliseconds from the start of a process to the first map. */
function timeOnNode(file: string): number {
  const library = new URL("../../../packages/onnx-lrp/dist/index.js", import.meta.url).href;
  const program = `import { openNetwork } from ${JSON.stringify(library)};
    const network = await openNetwork(${JSON.stringify(file)});
    await network.explain(${JSON.stringify(picture)});`;
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

export function browserTable(measured: readonly BrowserMeasurement[]): string {
  const rows = measured.map(
    ({ network, browser, node, first, second }) =>
      `| ${network} | ${(browser / 1000).toFixed(1)} s | ${(node / 1000).toFixed(1)} s | ${first.toFixed(2)} x | ${second.toFixed(2)} x |`,
  );
  return [
    "| network | first map in a browser | on Node.js | ratio | another class |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
