// Builds the page into packages/page/dist, which any static host can serve, and puts what the command needs of it into packages/cli.
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { basename } from "node:path";

const { status } = spawnSync("npx", ["--no-install", "vite", "build", "--logLevel", "warn"], {
  cwd: "packages/page",
  stdio: "inherit",
  shell: process.platform === "win32",
});
if (status !== 0) process.exit(status ?? 1);

// The command serves networks and pictures from @onnx-lrp/models.
const elsewhere = ["networks", "pictures", "service-worker.js"];
rmSync("packages/cli/page", { recursive: true, force: true });
cpSync("packages/page/dist", "packages/cli/page", {
  recursive: true,
  filter: (path) => !elsewhere.includes(basename(path)),
});
console.log(
  "The page is in packages/page/dist, for any static host; `onnx-lrp page` serves it on this machine.",
);
