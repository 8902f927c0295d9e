// Publishes all packages to npm, in the order of their dependencies, after everything that speaks against it was looked for:
//
//     pnpm release --dry-run     packs and shows everything, and publishes nothing
//     pnpm release               publishes; needs `npm login`
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const dryRun = process.argv.includes("--dry-run");
const folders = [...readdirSync("packages").map((name) => `packages/${name}`), "models"];
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const versions = new Set(folders.map((folder) => read(`${folder}/package.json`).version));
const [version] = versions;

const problems = [];
if (versions.size > 1) problems.push(`the packages have different versions: ${[...versions].join(", ")}`);
if (!readFileSync("CHANGELOG.md", "utf8").includes(`\n## ${version}\n`)) {
  problems.push(`CHANGELOG.md has no section "## ${version}"`);
}
const changes = spawnSync("git", ["status", "--porcelain"], { encoding: "utf8" });
if (changes.stdout !== "") problems.push("there are changes that are not committed");
for (const problem of problems) console.error(`Before a release: ${problem}.`);
if (problems.length > 0 && !dryRun) process.exit(1);

const { packageManager } = read("package.json");
const pnpm = (...args) =>
  spawnSync("npx", ["--yes", packageManager, ...args], {
    stdio: "inherit",
    shell: process.platform === "win32",
  }).status === 0;
const filters = ["--filter", "./packages/*", "--filter", "./models"];
const published =
  pnpm("run", "build") &&
  // The command serves it from its own package.
  pnpm("run", "page:build") &&
  pnpm(
    "-r",
    ...filters,
    "publish",
    "--access",
    "public",
    ...(dryRun ? ["--dry-run", "--no-git-checks"] : []),
  );
if (!published || problems.length > 0) process.exitCode = 1;
else console.log(dryRun ? `${version} could be published.` : `${version} is published; tag it v${version}.`);
