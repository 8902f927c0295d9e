#!/usr/bin/env node
// The command from a checkout, where it has always been; the package onnx-lrp installs the same.
import { existsSync } from "node:fs";

if (existsSync(new URL("../dist/index.js", import.meta.url))) {
  const { main, sayWhenTerminated, tolerateClosedPipes } = await import("../dist/index.js");
  tolerateClosedPipes();
  sayWhenTerminated();
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write("onnx-lrp: this checkout is not built yet; npm run demo installs and builds it.\n");
  process.exitCode = 5;
}
