/** The worker of one network. */
import type { Request } from "./worker/protocol.ts";
import { createServer } from "./worker/serve.ts";

const serve = createServer((reply, transfer = []) => postMessage(reply, { transfer }));

addEventListener("message", ({ data }: MessageEvent<Request>) => void serve(data));
