// Everything that can be said of the code without running it: types, lint and format, unused code, import directions,
// packaging.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const published = [...readdirSync("packages").map((name) => `packages/${name}`), "models"].filter(
  (folder) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).private !== true,
);
const checks = [
  ["types", "tsc", "--build"],
  ["types of tests", "tsc", "-p", "test"],
  ["lint and format", "biome", "check", "."],
  ["unused code", "knip"],
  ["import directions", "vitest", "run", "test/import-boundaries.test.ts", "--reporter=dot"],
  ...published.map((folder) => [`packaging of ${folder}`, "publint", folder, "--strict"]),
];

let failed = 0;
for (const [title, command, ...args] of checks) {
  const run = spawnSync("npx", ["--no-install", command, ...args], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const passed = run.status === 0;
  console.log(`${passed ? "ok    " : "FAILED"}  ${title}`);
  if (!passed) {
    failed += 1;
    console.log(`${run.stdout ?? ""}${run.stderr ?? ""}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
