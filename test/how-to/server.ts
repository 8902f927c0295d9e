import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { openNetwork, UserError } from "onnx-lrp";

const network = await openNetwork("net.onnx", { threads: 4 });
createServer(async (request, response) => {
  const signal = AbortSignal.timeout(10_000);
  try {
    const { top, explanations } = await network.explain(await buffer(request), { signal });
    response.setHeader("X-Class", encodeURIComponent(top[0]?.label ?? ""));
    response.end(await explanations[0]?.png());
  } catch (error) {
    response.statusCode = error instanceof UserError && error.kind === "input" ? 400 : 500;
    response.end(error instanceof Error ? error.message : "");
  }
}).listen(8080);
