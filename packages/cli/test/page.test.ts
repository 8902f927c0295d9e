/** `onnx-lrp page`: what it serves, and all that it does not. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shippedNetworks } from "@onnx-lrp/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.ts";
import { pageFiles, servedFile } from "../src/page/page-files.ts";
import { type PageServer, servePage } from "../src/page/server.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-page-"));
const built = join(folder, "built");
const secret = join(folder, "secret.txt");
const picture = join(folder, "zebra & crossing.png");
let server: PageServer;

beforeAll(async () => {
  mkdirSync(join(built, "assets"), { recursive: true });
  writeFileSync(join(built, "index.html"), "<!doctype html><html><head><title>page</title></head></html>");
  writeFileSync(join(built, "assets/main.js"), "export {};");
  writeFileSync(secret, "secret");
  writeFileSync(picture, "a picture");
  const files = await pageFiles(["zebra & crossing.png", '"><script>.onnx'], built);
  files.set("/opened/0", servedFile(picture));
  files.set("/opened/1", servedFile(join(folder, "gone.onnx")));
  server = await servePage(files, 0);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function ask(
  path: string,
  { host, method = "GET" }: { host?: string; method?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const headers = { Host: host ?? `127.0.0.1:${port}` };
    request({ hostname, port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const { statusCode: status = 0, headers: said } = response;
        resolve({ status, headers: said, text: Buffer.concat(parts).toString() });
      });
    })
      .on("error", reject)
      .end();
  });
}

describe("the server", () => {
  test("serves the built page, which is told what is open", async () => {
    const { status, headers, text } = await ask("/");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    const [, content = ""] = /<meta name="onnx-lrp-opened" content="([^"]*)">/.exec(text) ?? [];
    expect(
      content
        .replaceAll("&quot;", '"')
        .replaceAll("&amp;", "&")
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">"),
    ).toBe(JSON.stringify({ files: ["zebra & crossing.png", '"><script>.onnx'], shipped: null }));
    expect(text).not.toContain("<script>");
    expect(await ask("/assets/main.js?v=1")).toMatchObject({
      status: 200,
      headers: { "content-type": "text/javascript; charset=utf-8" },
      text: "export {};",
    });
  });

  test("serves the included networks and pictures, and what was opened by its index", async () => {
    const [network] = shippedNetworks;
    const { status, headers } = await ask(`/networks/${network?.name}.onnx`, { method: "HEAD" });
    expect(status).toBe(200);
    expect(headers["content-length"]).toBe(String(network && readFileSync(network.file).length));
    expect((await ask("/pictures/striped-star.png", { method: "HEAD" })).status).toBe(200);
    expect(await ask("/opened/0")).toMatchObject({ status: 200, text: "a picture" });
    expect((await ask("/opened/1")).status).toBe(404);
  });

  test.each([
    "/secret.txt",
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/%2e%2e/secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "//etc/passwd",
    "/opened/2",
    "/opened/0/../../secret.txt",
    "/opened/",
    "/%",
    "/assets",
  ])("serves nothing else: %s", async (path) => {
    const { status, text } = await ask(path);
    expect(status).toBe(404);
    expect(text).not.toContain("secret");
  });

  test("answers to no other host's name, and takes nothing", async () => {
    const { port } = new URL(server.address);
    for (const host of [
      "example.org",
      `example.org:${port}`,
      "127.0.0.1",
      "127.0.0.1:1",
      `127.0.0.1.example.org:${port}`,
    ]) {
      expect((await ask("/", { host })).status, host).toBe(421);
    }
    expect((await ask("/", { host: `localhost:${port}` })).status).toBe(200);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await ask("/", { method })).status, method).toBe(405);
    }
  });

  test("a request line that is no path gets no file", async () => {
    const { hostname, port } = new URL(server.address);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`GET ../secret.txt HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
      });
      let said = "";
      socket.on("data", (part) => {
        said += part.toString();
      });
      socket.on("end", () => resolve(said));
      socket.on("error", reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 4/);
    expect(text).not.toContain("secret");
  });

  test("a port in use is an error that names it", async () => {
    const port = Number(new URL(server.address).port);
    await expect(servePage(new Map(), port)).rejects.toThrow(new RegExp(`port ${port} cannot be used`));
  });

  test("without a built page says how it is built", async () => {
    await expect(pageFiles([], join(folder, "nowhere"))).rejects.toThrow(/not built.*pnpm page:build/);
  });
});

describe("the command", () => {
  async function run(...args: string[]): Promise<{ code: number; said: string }> {
    let said = "";
    const line = (text: string) => {
      said += `${text}\n`;
    };
    return { code: await main(["page", ...args], { out: line, say: line }), said };
  }

  test("has the exit codes of other commands", async () => {
    expect(await run("--port", "70000")).toMatchObject({
      code: 2,
      said: expect.stringContaining("0 to 65535"),
    });
    expect(await run(join(folder, "gone.onnx"))).toMatchObject({ code: 3 });
    expect(await run(secret)).toMatchObject({ code: 3 });
    expect(await run("vgg", join(folder, "gone.png"))).toMatchObject({
      code: 1,
      said: expect.stringContaining("There is no file"),
    });
  });
});
