/**
 * Serves the page on the loopback: the files of a list that is made beforehand, and nothing else from disk. No path of a request
 * is ever joined with a folder. A request must name the loopback as its host, so that no page from elsewhere reaches it through
 * a name that it lets point here.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Served } from "./page-files.ts";

/** Isolates the page, so that wasm may have threads, and keeps it from everything but itself. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Cache-Control": "no-store",
} as const;

/** A server that runs until it is closed. */
export interface PageServer {
  /** Where the page is, with a slash at its end. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves files on the loopback.
 *
 * @param files by path
 * @param port 0 for any that is free
 * @throws UserError `usage` for a port that cannot be used
 */
export async function servePage(files: ReadonlyMap<string, Served>, port: number): Promise<PageServer> {
  const server = createServer((request, response) => {
    void answer(files, request, response, addressOf(server).port).catch(() => response.destroy());
  });
  await listening(server, port);
  return {
    address: `http://127.0.0.1:${addressOf(server).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new UserError("usage", `The port ${port} cannot be used (${error.code ?? error.message}).`, {
          subject: { option: "port" },
          remedies: [{ kind: "omit", option: "port" }],
          cause: error,
        }),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address;
}

async function answer(
  files: ReadonlyMap<string, Served>,
  { method, url = "/", headers: asked }: IncomingMessage,
  response: ServerResponse,
  port: number,
): Promise<void> {
  const refuse = (status: number, text: string) =>
    response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  const hosts = ["127.0.0.1", "localhost"].map((name) => `${name}:${port}`);
  if (!hosts.includes(asked.host ?? ""))
    return void refuse(421, "This page is served to this machine alone.");
  if (method !== "GET" && method !== "HEAD") return void refuse(405, "Only GET and HEAD.");
  const served = files.get(pathOf(url));
  if (served === undefined) return void refuse(404, "There is nothing here.");
  if (served.kind === "text") {
    const bytes = Buffer.from(served.text);
    response.writeHead(200, { ...headers, "Content-Type": served.type, "Content-Length": bytes.length });
    response.end(method === "HEAD" ? undefined : bytes);
    return;
  }
  const state = await stat(served.path).catch(() => undefined);
  if (state?.isFile() !== true) return void refuse(404, "The file is gone.");
  response.writeHead(200, { ...headers, "Content-Type": served.type, "Content-Length": state.size });
  if (method === "HEAD") return void response.end();
  // Of a file that grows meanwhile no more than was announced.
  const stream = state.size === 0 ? undefined : createReadStream(served.path, { end: state.size - 1 });
  if (stream === undefined) return void response.end();
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}

/** Without what is behind a question mark; a path that cannot be decoded is none of ours. */
function pathOf(url: string): string {
  try {
    return decodeURIComponent(url.split(/[?#]/)[0] ?? "/");
  } catch {
    return "";
  }
}
