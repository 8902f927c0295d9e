#!/usr/bin/env node
import { existsSync } from "node:fs";

if (existsSync(new URL("../dist/index.js", import.meta.url))) {
  const { main, sayWhenTerminated, tolerateClosedPipes } = await import("@onnx-lrp/cli");
  tolerateClosedPipes();
  sayWhenTerminated();
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write("onnx-lrp: this checkout is not built yet; npm run demo installs and builds it.\n");
  process.exitCode = 5;
}
