// Builds the site of docs/ with the API reference in it: `pnpm docs`. Its tools have an installation of their own.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../docs", import.meta.url));
const { packageManager } = JSON.parse(
  (await import("node:fs")).readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** A step whose warnings fail too. */
function step(title, command, args, warning) {
  const run = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const said = `${run.stdout ?? ""}${run.stderr ?? ""}`;
  if (run.status === 0 && !(warning?.test(said) ?? false)) return;
  console.error(said);
  console.error(`onnx-lrp: ${title} failed.`);
  process.exit(1);
}

step("Installing the site's tools", "npx", [
  "--yes",
  packageManager,
  "install",
  "--frozen-lockfile",
  "--prefer-offline",
]);
step("The API reference", "npx", ["--no-install", "typedoc"], /\[warning\]/);
// Dead links fail by themselves.
step("The site", "npx", ["--no-install", "vitepress", "build", "."], /\(!\)|warn/i);
console.log("The site is in docs/.vitepress/dist; `npx vitepress preview` in docs shows it.");
