/**
 * All packages as they are published, installed by npm in an empty project: programs compile and run there, and so does the
 * command. onnxruntime-node, 290 MB unpacked, is linked from here, so that npm must not run the scripts that its developers run; npm
 * takes everything else from its registry or cache.
 */
import { type ChildProcess, type ExecFileOptions, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
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
import { pageAt } from "./packed/pages.ts";

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

/** A newcomer's transcript: what README and the first page of the documentation print is run as it is printed. */
describe("what the front pages print", { concurrent: true, timeout: 240_000 }, () => {
  const pages = ["README.md", "docs/getting-started.md"].map(pageAt);
  /** Of installing, and of a clone of the repository. */
  const elsewhere = /^(npm|\$env:|alias|function|ONNXRUNTIME)/;
  const printed = pages.flatMap(({ commands }) => commands.map((one) => ({ ...one, line: plain(one.line) })));
  const commands = new Map(
    printed.filter(({ line }) => !elsewhere.test(line)).map((one) => [one.line, one] as const),
  );
  const shared = join(root, "../shared");
  const files = ["net.onnx", "squeezenet.onnx", "photo.jpg", "zebra.jpg"];
  const ready = existsSync(join(shared, "models/squeezenet1.1.onnx"));

  /** Without what starts the command: it is on the path. */
  function plain(line: string): string {
    return line.replace(/^npx onnx-lrp/, "onnx-lrp");
  }

  /** A folder of the project with a network and photos, by the names that the pages use. */
  function folderOf(name: string): string {
    const folder = join(project, "pages", name);
    mkdirSync(join(folder, "photos"), { recursive: true });
    if (!ready) return folder;
    for (const file of files) {
      const from = file.endsWith(".onnx") ? "models/squeezenet1.1.onnx" : "photos/sglrp_zebra_elephant1.jpg";
      copyFileSync(join(shared, from), join(folder, file));
    }
    linkSync(join(folder, "photo.jpg"), join(folder, "photos/photo.jpg"));
    return folder;
  }

  const bin = () => join(project, "node_modules/onnx-lrp/bin/onnx-lrp.js");

  async function type(line: string, folder: string): Promise<Run> {
    const words = [...plain(line).matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? "",
    );
    expect(words[0], line).toBe("onnx-lrp");
    if (words[1] === "page") return served(words.slice(1), folder);
    return succeed(process.execPath, [bin(), ...words.slice(1)], folder);
  }

  /** A command that serves until it is interrupted: its page is asked for once. */
  async function served(words: readonly string[], folder: string): Promise<Run> {
    const child = spawn(process.execPath, [bin(), ...words], { cwd: folder });
    let [out, err] = ["", ""];
    const address = await new Promise<string | undefined>((resolve) => {
      child.stdout.on("data", (data) => {
        out += String(data);
        const [found] = /http:\S+/.exec(out) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.stderr.on("data", (data) => {
        err += String(data);
      });
      child.on("close", () => resolve(undefined));
    });
    expect(address, err).toBeDefined();
    const page = await fetch(address ?? "");
    expect(await page.text()).toContain("<title>");
    const ended = once(child, "close");
    child.kill("SIGINT");
    const [code] = await ended;
    return { code: Number(code), out, err };
  }

  test("has commands of every kind", () => {
    const kinds = new Set([...commands.keys()].map((line) => line.split(" ")[1]));
    expect([...kinds]).toEqual(expect.arrayContaining(["models", "explain", "inspect", "compile"]));
  });

  test.for([...commands.values()].map((one, i) => ({ ...one, name: String(i) })))(
    "$line",
    async ({ line, output, name }, { skip }) => {
      const own = line.split(" ").some((word) => files.includes(word) || word === "photos/");
      skip(!ready && own, "../shared is missing");
      const { out } = await type(line, folderOf(name));
      if (output !== undefined) expect(withoutNumbers(out)).toContain(withoutNumbers(output));
    },
  );

  /** Numbers differ a little from one processor to another. */
  function withoutNumbers(text: string): string {
    return text.replace(/\d+(\.\d+)?/g, "#").replaceAll("\\", "/");
  }

  test.skipIf(!ready)("programs in TypeScript", async () => {
    const folder = folderOf("typescript");
    const programs = pages.flatMap(({ typescript }) => typescript);
    const names = programs.map((_, i) => `program-${i}`);
    for (const [i, code] of programs.entries()) writeFileSync(join(folder, `${names[i]}.mts`), code);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = [
      "--strict",
      "--target",
      "es2022",
      "--module",
      "nodenext",
      "--skipLibCheck",
      "--types",
      "",
    ];
    await succeed(process.execPath, [tsc, ...options, ...names.map((name) => `${name}.mts`)], folder);
    for (const name of names) {
      const { out } = await succeed(process.execPath, [`${name}.mjs`], folder);
      expect(out).toMatch(/^\S.* 0\.\d+\n$/);
      expect(readFileSync(join(folder, "zebra.png")).subarray(1, 4).toString()).toBe("PNG");
    }
  });

  test.skipIf(!ready)("programs in Python", async ({ skip }) => {
    const folder = folderOf("python");
    const python = process.env.PYTHON ?? (windows ? "python" : "python3");
    const { code } = await run(python, ["-c", "import numpy, onnxruntime"], {});
    skip(code !== 0, "there is no Python with numpy and onnxruntime");
    await type("onnx-lrp compile net.onnx -o net.sglrp.onnx", folder);
    const inputs = "import numpy\nx = numpy.zeros((1, 3, 224, 224), numpy.float32)\n";
    for (const [i, program] of pages.flatMap((page) => page.python).entries()) {
      writeFileSync(join(folder, `${i}.py`), `${inputs}${program}\nprint(relevance.shape)\n`);
      const { out } = await succeed(python, [`${i}.py`], folder);
      expect(out).toBe("(1, 2, 3, 224, 224)\n");
    }
  });
});

test("every package has its declarations, sources and licence", () => {
  const packages = join(project, "node_modules/@onnx-lrp");
  for (const name of readdirSync(packages)) {
    expect(readdirSync(join(packages, name))).toEqual(
      expect.arrayContaining(["dist", "src", "package.json", "README.md", "LICENSE"]),
    );
  }
});
