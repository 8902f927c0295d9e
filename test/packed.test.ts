/**
 * All packages as they are published, installed by npm in an empty project: programs compile and run there, and so does the
 * command. onnxruntime-node, 290 MB unpacked, is linked from here, so that npm must not run the scripts that its developers run; npm
 * takes everything else from its registry or cache.
 */
import { type ChildProcess, type ExecFileOptions, execFile } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const picture = join(root, "models/pictures/striped-star_ringed-triangle.png");
const windows = process.platform === "win32";

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Where npm finds packages: another Node.js, which npm itself brought, would look for that in another place. */
const kept = new Set(["registry", "cache", "userconfig", "globalconfig"].map((name) => `npm_config_${name}`));

/** Runs a program to its end; nothing of the workspace's own environment reaches it. */
function run(command: string, args: readonly string[], options: ExecFileOptions): Promise<Run> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => kept.has(name) || !/^(npm_|NODE_|VITEST)/.test(name)),
  );
  return new Promise((resolve) => {
    const child: ChildProcess = execFile(
      command,
      args,
      { ...options, shell: windows, env: { ...env, ONNXRUNTIME_NODE_INSTALL: "skip", CI: "true" } },
      (_, out, err) => resolve({ code: child.exitCode, out: String(out), err: String(err) }),
    );
  });
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<Run> {
  const result = await run(command, args, { cwd });
  expect(result.code, `${command} ${args.join(" ")}\n${result.out}\n${result.err}`).toBe(0);
  return result;
}

async function pack(into: string): Promise<string[]> {
  const { packageManager }: { packageManager: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const filters = ["--filter", "./packages/*", "--filter", "./models", "--filter", "!./packages/page"];
  const words = ["-r", ...filters, "pack", "--pack-destination", into];
  await succeed("npx", ["--yes", packageManager, ...words], root);
  return readdirSync(into).map((name) => join(into, name));
}

let project: string;

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "onnx-lrp-packed-")));
  const tarballs = await pack(join(project, "tarballs"));
  const runtime = realpathSync(join(root, "packages/node/node_modules/onnxruntime-node"));
  const manifest = { name: "consumer", private: true, overrides: { "onnxruntime-node": `file:${runtime}` } };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
  await succeed("npm", ["install", ...quiet, ...tarballs], project);
}, 240_000);

afterAll(() => rmSync(project, { recursive: true, force: true }), 60_000);

describe("types", () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const strict = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--types", ""];

  test.each([
    ["nodenext", ["--module", "nodenext"]],
    ["a bundler", ["--module", "esnext", "--moduleResolution", "bundler"]],
  ])("compile under %s, with the types of libraries checked", async (_, module) => {
    copyFileSync(join(root, "test/packed/consumer.ts"), join(project, "consumer.ts"));
    await succeed(process.execPath, [tsc, ...strict, ...module, "consumer.ts"], project);
  });
});

describe("programs", () => {
  const body = `
    const network = await openNetwork("vgg", { threads: 1 });
    const { explanations } = await network.explain(${JSON.stringify(picture)}, { target: "striped star" });
    console.log(explanations[0].label, explanations[0].relevance.length);
    await network.close();`;

  test("run as an ES module", async () => {
    writeFileSync(join(project, "program.mjs"), `import { openNetwork } from "onnx-lrp";${body}`);
    expect((await succeed(process.execPath, ["program.mjs"], project)).out).toBe("striped star 49152\n");
  });

  test("run as CommonJS", async () => {
    const text = `const { openNetwork } = require("onnx-lrp"); (async () => {${body}})();`;
    writeFileSync(join(project, "program.cjs"), text);
    expect((await succeed(process.execPath, ["program.cjs"], project)).out).toBe("striped star 49152\n");
  });
});

test("the command explains a picture", async () => {
  const { out } = await succeed("npx", ["--no-install", "onnx-lrp", "explain", "resnet", picture], project);
  expect(out).toMatch(/explains {3}ringed triangle \(class 7, .*\): explanations/);
  expect(readdirSync(join(project, "explanations"))).toHaveLength(2);
});

test("every package has its declarations, sources and licence", () => {
  const packages = join(project, "node_modules/@onnx-lrp");
  for (const name of readdirSync(packages)) {
    expect(readdirSync(join(packages, name))).toEqual(
      expect.arrayContaining(["dist", "src", "package.json", "README.md", "LICENSE"]),
    );
  }
});
