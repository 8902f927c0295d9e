import { defineMapElement } from "@onnx-lrp/web/map";
import { render } from "preact";
import { workerEngine } from "./engine/worker-engine.ts";
import { App } from "./parts/app.tsx";
import { createController } from "./state/controller.ts";
import { readOpened } from "./state/opened.ts";

defineMapElement();
const controller = createController(workerEngine());
const root = document.getElementById("page");
if (root !== null) {
  root.replaceChildren();
  render(<App controller={controller} />, root);
}
const served = await readOpened(controller);
// What the command line serves changes with each start, and is there without a network anyway.
if (!served && "serviceWorker" in navigator) {
  await navigator.serviceWorker.register("./service-worker.js").catch(() => undefined);
}
