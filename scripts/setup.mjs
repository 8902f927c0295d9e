// Installs and builds the workspace, so that one command is enough on a machine with only Node and npm.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Runs pnpm, or npx's copy of the pinned version where none is installed. */
function pnpm(...args) {
  const installed = spawnSync("pnpm", ["--version"], {
    stdio: "ignore",
    shell: process.platform === "win32",
  });
  const [command, ...first] = installed.status === 0 ? ["pnpm"] : ["npx", "--yes", packageManager];
  const run = spawnSync(command, [...first, ...args], {
    stdio: ["ignore", 2, 2], // stdout belongs to what runs after the set-up
    shell: process.platform === "win32",
    env: { ...process.env, CI: process.env.CI ?? "true" },
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

pnpm("install", "--frozen-lockfile", "--reporter=append-only");
pnpm("run", "build");
// What `onnx-lrp page` serves.
pnpm("run", "page:build");
