// Runs the core part of the tests on other versions of Node.js, from the npm package "node": the loader, core, the front door,
// the command line's snapshots, and the packages as they are published.
//
//     pnpm test:node 22 24
import { spawnSync } from "node:child_process";

const part = [
  ...["packages/onnx-loader", "packages/core", "packages/network"],
  ...["bad-options", "bad-models", "explain", "help", "inspect", "targets"].map(
    (name) => `packages/cli/test/${name}.test.ts`,
  ),
  "test/packed.test.ts",
];

const versions = process.argv.slice(2);
if (versions.length === 0 || versions.some((version) => !/^\d+$/.test(version))) {
  console.error("Give the major versions of Node.js: pnpm test:node 22 24");
  process.exit(2);
}
for (const version of versions) {
  const started = Date.now();
  const words = ["node", "node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...part];
  const { status } = spawnSync("npx", ["--yes", "--package", `node@${version}`, ...words], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`Node.js ${version}: ${status === 0 ? "passed" : "FAILED"} in ${seconds} s`);
  if (status !== 0) process.exitCode = 1;
}
