/** Imports run one way, and no package reaches into another's files. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Each package with those it may import. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "packages/onnx-loader": [],
  "packages/core": ["onnx-loader"],
  "packages/pictures": ["onnx-loader", "core"],
  "packages/node": ["onnx-loader", "core", "pictures"],
  "packages/report": ["onnx-loader", "core", "pictures"],
  "packages/web": ["onnx-loader", "core", "pictures", "network"],
  "packages/evaluation": ["onnx-loader", "core", "pictures", "node"],
  models: [],
  "packages/network": ["onnx-loader", "core", "pictures", "node", "report", "evaluation", "models"],
  "packages/cli": ["onnx-loader", "core", "pictures", "node", "report", "evaluation", "models", "network"],
  "packages/onnx-lrp": ["network", "cli"],
  // Its build is a part of cli, as files.
  "packages/page": ["onnx-loader", "core", "pictures", "report", "network", "web", "cli", "models"],
};

/** What names, numbers and small functions every part of core may use. */
const basics = ["grid", "names.ts", "glob.ts", "random.ts", "taps.ts", "heatmap.ts"];
const tables = ["rules", "seeds", "operators", "composites.ts", "methods"];

/** The folders of core and the files beside them, each with those that it may import; every one comes after all of them. */
const core: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(basics.map((name) => [name, []])),
  "heatmap.ts": ["grid"],
  "maps.ts": ["grid", "heatmap.ts"],
  rules: basics,
  seeds: basics,
  operators: basics,
  "composites.ts": [...basics, "rules", "seeds"],
  methods: [...basics, "seeds", "composites.ts"],
  "layer-selectors.ts": [...basics, "rules", "composites.ts"],
  "rule-file.ts": [...basics, "rules", "composites.ts", "layer-selectors.ts"],
  "input-port": basics,
  "output-port": [...basics, "operators"],
  "relevance-graph": [...basics, "rules", "operators", "composites.ts", "input-port", "output-port"],
  "canonicalize.ts": [...basics, "operators", "input-port", "output-port", "relevance-graph"],
  "explanation-options.ts": [
    ...basics,
    ...tables,
    "rule-file.ts",
    "input-port",
    "output-port",
    "relevance-graph",
  ],
  network: [...basics, "input-port", "output-port", "relevance-graph", "canonicalize.ts"],
  targets: [...basics, "output-port", "network"],
  perturbation: [...basics, "methods", "input-port", "output-port", "relevance-graph", "network"],
  plan: [
    ...basics,
    ...tables,
    "layer-selectors.ts",
    "rule-file.ts",
    "input-port",
    "output-port",
    "relevance-graph",
    "canonicalize.ts",
    "explanation-options.ts",
  ],
  compile: [
    ...basics,
    ...tables,
    "input-port",
    "output-port",
    "relevance-graph",
    "explanation-options.ts",
    "plan",
  ],
  "prepare.ts": [
    ...basics,
    ...tables,
    "input-port",
    "output-port",
    "relevance-graph",
    "canonicalize.ts",
    "explanation-options.ts",
    "plan",
    "compile",
  ],
  explain: [
    ...basics,
    ...tables,
    "input-port",
    "output-port",
    "relevance-graph",
    "explanation-options.ts",
    "network",
    "targets",
    "perturbation",
    "plan",
    "compile",
    "prepare.ts",
  ],
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(path) ? [path] : [];
  });
}

function imports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, specifier = ""]) => specifier);
}

describe.each(Object.entries(packages))("%s", (folder, allowed) => {
  const source = join(root, folder, "src");
  test("imports only the packages below it, by their names", () => {
    const bad = sources(source).flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.startsWith("@onnx-lrp/"))
        .filter((specifier) => !allowed.includes(specifier.split("/")[1] ?? ""))
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(bad).toEqual([]);
  });
  test("stays within its own files", () => {
    const bad = sources(source).flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.startsWith("."))
        .filter((specifier) => !resolve(file, "..", specifier).startsWith(source))
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(bad).toEqual([]);
  });
});

test("what network does on any platform needs neither Node.js nor the packages for it", () => {
  const source = join(root, "packages/network/src");
  const onNode = (path: string) => /^(?:node|compare|evaluate)\//.test(relative(source, path));
  const entries = [join(source, "index.ts"), join(source, "internal.ts")];
  const bad = sources(source)
    .filter((file) => !onNode(file) && !entries.includes(file))
    .flatMap((file) =>
      imports(file)
        .filter((specifier) =>
          specifier.startsWith(".")
            ? onNode(resolve(file, "..", specifier))
            : /^node:|^tinyglobby$|^@onnx-lrp\/(node|report|evaluation|models)\b/.test(specifier),
        )
        .map((specifier) => `${relative(source, file)}: ${specifier}`),
    );
  expect(bad).toEqual([]);
});

test("web takes what is portable of network, and nothing of Node.js", () => {
  const source = join(root, "packages/web/src");
  const bad = sources(source).flatMap((file) =>
    imports(file).filter((specifier) => /^node:|^@onnx-lrp\/network(?!\/portable$)/.test(specifier)),
  );
  expect(bad).toEqual([]);
});

test("every package of the workspace has its place in the list", () => {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  expect(Object.keys(packages).sort()).toEqual([...folders, "models"].sort());
});

describe("core", () => {
  const source = join(root, "packages/core/src");
  const parts = Object.keys(core);
  const partOf = (path: string) => relative(source, path).split("/")[0] ?? "";

  test("every folder has its place, and no two import each other", () => {
    expect(parts.toSorted()).toEqual(
      readdirSync(source)
        .filter((name) => name !== "index.ts" && name !== "internal.ts")
        .sort(),
    );
    for (const [index, part] of parts.entries()) {
      expect(core[part]?.filter((name) => !parts.slice(0, index).includes(name))).toEqual([]);
    }
  });
  test.each(parts)("%s imports only what comes before it", (part) => {
    const path = join(source, part);
    const files = part.endsWith(".ts") ? [path] : sources(path);
    const bad = files.flatMap((file) =>
      imports(file)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => partOf(resolve(file, "..", specifier)))
        .filter((name) => name !== part && !core[part]?.includes(name))
        .map((name) => `${relative(source, file)}: ${name}`),
    );
    expect(bad).toEqual([]);
  });
});
