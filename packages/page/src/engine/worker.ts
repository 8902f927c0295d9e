/** The worker: one network, and what is asked of it, one after another. */
import type { CallMessage, ReplyMessage } from "./protocol.ts";

/** Loaded when the first call comes: the page is there before its engine. */
let engine: Promise<Engine> | undefined;

interface Engine {
  readonly services: ReturnType<typeof import("./services.ts").createServices>;
  readonly refusalOf: typeof import("./refusal.ts").refusalOf;
}

async function load(): Promise<Engine> {
  const [{ createServices }, { refusalOf }] = await Promise.all([
    import("./services.ts"),
    import("./refusal.ts"),
  ]);
  return { services: createServices(), refusalOf };
}

let turn: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<CallMessage>) => {
  turn = turn.then(() => serve(data));
});

async function serve({ id, name, asks }: CallMessage): Promise<void> {
  const reply = (message: ReplyMessage) => postMessage(message);
  engine ??= load();
  const { services, refusalOf } = await engine;
  try {
    // The page asks with what the call takes (worker-engine.ts).
    const serveCall = services[name] as (
      asks: unknown,
      onPasses: (done: number, total: number) => void,
    ) => Promise<unknown>;
    let last = 0;
    const gives = await serveCall(asks, (done, total) => {
      const now = performance.now();
      if (now - last < 50) return;
      last = now;
      reply({ id, kind: "passes", passes: { done, total } });
    });
    reply({ id, kind: "gives", gives });
  } catch (error) {
    reply({ id, kind: "refuses", refusal: refusalOf(error) });
  }
}
