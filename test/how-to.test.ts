/**
 * The examples of README, CONTRIBUTING, the first pages and docs/how-to are the files of test/how-to, which are type-checked with the tests and
 * run here; the changes that the documents show fit the files that they are to be made in.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compositeByName, type ExplainerOptions, registerOperator } from "@onnx-lrp/core";
import { parseRuleFile } from "@onnx-lrp/core/rule-file";
import { writeModel } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { contextOf } from "../packages/evaluation/test/metric-context.ts";
import { absolute } from "./how-to/absolute.ts";
import { againstTop } from "./how-to/against-top.ts";
import { Atan } from "./how-to/atan.ts";
import { explainerOf, milder, mine } from "./how-to/composite.ts";
import { unregister } from "./how-to/cumsum.ts";
import { dropEmptyPads } from "./how-to/drop-empty-pads.ts";
import { teachableMachine } from "./how-to/teachable-machine.ts";
import { upperHalf } from "./how-to/upper-half.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = join(root, "test/how-to");
const howTos = readdirSync(join(root, "docs/how-to")).map((name) => `docs/how-to/${name}`);
const documents = ["README.md", "CONTRIBUTING.md", "docs/getting-started.md", "docs/recipes.md", ...howTos];

const textOf = (path: string) => readFileSync(join(root, path), "utf8");

/** The fenced blocks of a language. */
function blocks(document: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...textOf(document).matchAll(fence)].map(([, code = ""]) => code);
}

const pathAtHead = /^\/\/ (\S+)\n/;

/** Imports in one order and the rest without its layout; relative imports as from the folder of the examples. */
function comparable(code: string, folder: string): { imports: string[]; body: string } {
  const statement = /^import [\s\S]*?;\n/gm;
  const imports = [...code.matchAll(statement)].map(([text]) =>
    text
      .replace(/"(\.[^"]+)"/, (_, to: string) => `"${relative(examples, join(root, folder, to))}"`)
      .replace(/[\s,]+/g, " "),
  );
  return { imports: imports.sort(), body: code.replace(statement, "").replace(/[\s,]+/g, " ") };
}

const files = readdirSync(examples).map((name) => {
  return comparable(readFileSync(join(examples, name), "utf8"), "test/how-to");
});

describe.each(documents)("%s", (document) => {
  test("has examples that are compiled and run", () => {
    for (const code of blocks(document, "ts")) {
      const folder = dirname(pathAtHead.exec(code)?.[1] ?? "test/how-to/example.ts");
      const { imports, body } = comparable(code, folder);
      const same = files.find((file) => file.body === body);
      expect(same, `no file of test/how-to has this example:\n${code}`).toBeDefined();
      expect(same?.imports).toEqual(imports);
    }
  });

  test("shows changes to lines that are there, in their order", () => {
    for (const change of blocks(document, "diff")) {
      const [head = "", ...lines] = change.split("\n");
      const path = /^ \/\/ (\S+)$/.exec(head)?.[1];
      expect(path, head).toBeDefined();
      let rest = textOf(path ?? "");
      for (const line of lines.filter((text) => text.trim() !== "" && !text.startsWith("+"))) {
        const at = rest.indexOf(line.slice(1).trim());
        expect(at, `${path}: ${line}`).toBeGreaterThanOrEqual(0);
        rest = rest.slice(at);
      }
      expect(lines.some((line) => line.startsWith("+"))).toBe(true);
    }
  });

  test("names files that exist, but for those of its examples", () => {
    const own = blocks(document, "ts").map((code) => pathAtHead.exec(code)?.[1]);
    const text = textOf(document);
    const named = [...text.matchAll(/`((?:packages|test|docs|models|examples|scripts)\/[\w./-]+)`/g)];
    const paths = named.map(([, path = ""]) => path).filter((path) => !own.includes(path));
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, to = ""]) => join(dirname(document), to));
    expect([...paths, ...links].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test("the architecture names no function that nothing calls", () => {
  const [, architecture = ""] = /## Architecture\n([\s\S]*?)\n## /.exec(textOf("CONTRIBUTING.md")) ?? [];
  const packages = join(root, "packages");
  const sources = readdirSync(packages).flatMap((name) =>
    readdirSync(join(packages, name, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(packages, name, "src", file), "utf8")),
  );
  const named = new Set([...architecture.matchAll(/`([a-z]+[A-Z]\w+)`/g)].map(([, name]) => name));
  expect(named.size).toBeGreaterThan(15);
  const uncalled = [...named].filter((name) => {
    const call = new RegExp(`(?<!function )\\b${name}\\(`);
    return !sources.some((text) => call.test(text));
  });
  expect(uncalled).toEqual([]);
});

/** Pixels of both signs, and never 0. */
const picture = Float32Array.from({ length: 12 }, (_, i) => Math.fround(Math.sin(1 + 3 * i)));
const weights = Array.from({ length: 12 * 4 }, (_, i) => Math.fround(Math.cos(1 + 5 * i)));
const weight = (i: number, j: number) => weights[4 * i + j] ?? Number.NaN;

/** A picture of 12 pixels, what `build` makes of them, and a dense layer to four classes. */
function denseAfter(build: (g: Network, x: string) => string) {
  const g = network({ input: ["N", 3, 2, 2] });
  const x = build(g, g.image);
  return g.model(g.add("Gemm", [g.flatten(x), g.floats(weights, [12, 4])]));
}

const bounds = { low: [-1, -1, -1], high: [1, 1, 1] };

async function mapFor(model: ReturnType<typeof denseAfter>, options: ExplainerOptions, target = 2) {
  return mapOf(await explainOnce(model, [picture], [[target]], { pixels: bounds, ...options }));
}

describe("add-an-operator", () => {
  test("Atan: relevance passes, gradients are multiplied with the derivative", async () => {
    const remove = registerOperator("Atan", { ...Atan, traits: ["elementwise"] });
    try {
      const model = denseAfter((g, x) => g.add("Atan", [x]));
      const gradient = await mapFor(model, { method: "gradient" });
      expect(gradient).toBeNear(
        picture.map((x, i) => weight(i, 2) / (1 + x * x)),
        1e-5,
      );
      const composite = "epsilon";
      const relevance = await mapFor(model, { method: "lrp", composite, parameters: { epsilon: 0 } });
      expect(relevance).toBeNear(
        picture.map((x, i) => Math.atan(x) * weight(i, 2)),
        1e-5,
      );
    } finally {
      remove();
    }
  });

  test("CumSum shares as the matrix of ones below its diagonal does", async () => {
    const model = denseAfter((g, x) => g.add("CumSum", [g.flatten(g.add("Relu", [x])), g.ints([1], [])]));
    const sumFrom = (start: number, values: ArrayLike<number>) =>
      Array.from(values)
        .slice(start)
        .reduce((a, b) => a + b, 0);
    const signal = picture.map((x) => Math.max(x, 0));
    const sums = Array.from(signal, (_, j) => sumFrom(0, signal.slice(0, j + 1)));
    const gradient = await mapFor(model, { method: "gradient" });
    const slopes = sums.map((_, j) => weight(j, 2));
    expect(gradient).toBeNear(
      picture.map((x, i) => (x > 0 ? sumFrom(i, slopes) : 0)),
      1e-5,
    );
    const raising = sums.map((sum, j) => sum * Math.max(weight(j, 2), 0));
    const logit = sumFrom(
      0,
      sums.map((sum, j) => sum * weight(j, 2)),
    );
    const relevance = raising.map((value) => (value / sumFrom(0, raising)) * logit);
    const perSum = relevance.map((r, j) => r / (sums[j] ?? Number.NaN));
    expect(await mapFor(model, { method: "lrp", composite: "zplus" })).toBeNear(
      signal.map((x, i) => x * sumFrom(i, perSum)),
      1e-5,
    );
    unregister();
    await expect(mapFor(model, { method: "gradient" })).rejects.toThrow("CumSum");
  });
});

test("add-a-rule: shares by magnitudes", async () => {
  const model = denseAfter((_, x) => x);
  const rules = { first: absolute, conv: absolute, dense: absolute, other: absolute };
  const map = await mapFor(model, { method: "lrp", composite: { kind: "rules", name: "magnitudes", rules } });
  const contribution = (i: number) => (picture[i] ?? 0) * weight(i, 2);
  const contributions = Array.from(picture, (_, i) => contribution(i));
  const logit = contributions.reduce((a, b) => a + b, 0);
  const size = contributions.reduce((a, b) => a + Math.abs(b), 0);
  expect(map).toBeNear(
    contributions.map((value) => (Math.abs(value) * logit) / size),
    1e-5,
  );
});

describe("add-a-composite", () => {
  const model = denseAfter((g, x) => {
    const first = g.add("Relu", [g.conv(x, [3, 3, 1, 1])]);
    return g.add("Relu", [g.conv(first, [3, 3, 1, 1])]);
  });

  test("an object and a rules file say the same", async () => {
    const [file = ""] = blocks("docs/how-to/add-a-composite.md", "json");
    const rules = parseRuleFile(file, "mine");
    const [byObject, byFile] = [
      await mapFor(model, { method: "lrp", composite: mine }),
      await mapFor(model, { method: "lrp", rules }),
    ];
    expect(byObject).toEqual(byFile);
  });

  test("layers that a function selects have its rule", async () => {
    const [changed, plain] = [
      await mapFor(model, { method: "lrp", composite: milder }),
      await mapFor(model, { method: "lrp", composite: "epsilon-plus" }),
    ];
    expect(Array.from(changed)).not.toEqual(Array.from(plain));
  });

  test("an explainer takes it", async () => {
    await withExplainer(explainerOf(writeModel(model)), async (explainer) => {
      expect(explainer.record).toMatchObject({ method: "lrp", composite: "mine" });
    });
  });
});

test("add-a-method: the seed against the most probable class is a contrast with it", async () => {
  const model = denseAfter((g, x) => g.add("Relu", [g.conv(x, [3, 3, 1, 1])]));
  const options = { method: "lrp", pixels: bounds } as const;
  const targets = [[0, 1, 2, 3]];
  const seeded = await explainOnce(model, [picture], targets, {
    ...options,
    composite: {
      ...compositeByName("zplus-box"),
      name: "mine",
      conventions: {
        foldAffine: true,
        firstLayer: "preprocessed",
        bounds: "by-channel",
        seeds: () => againstTop,
      },
    },
  });
  const contrast = await explainOnce(model, [picture], targets, { ...options, contrast: true }, [
    [-1, -1, -1, -1],
  ]);
  const moving = [0, 1, 2, 3].filter((k) => mapOf(seeded, 0, k).some((value) => value !== 0));
  // The most probable class against itself has nothing to show.
  expect(moving).toHaveLength(3);
  for (const k of moving) expect(mapOf(seeded, 0, k)).toBeNear(mapOf(contrast, 0, k), 1e-6);
});

describe("add-a-metric", () => {
  test("upper-half: the share of what is positive", async () => {
    const at = (map: readonly number[]) => upperHalf.evaluate(contextOf({ width: 2, height: 2, map }));
    expect(await at([3, 0, 1, -5])).toEqual([{ parameter: 0, value: 0.75 }]);
    expect(await at([-1, 0, 0, 0])).toEqual([]);
  });
});

describe("add-a-pass", () => {
  const padded = (pads: readonly number[]) =>
    denseAfter((g, x) => {
      const wide = g.add("Pad", [x, g.ints(pads)]);
      return g.add("Slice", [wide, g.ints([0, 0]), g.ints([2, 2]), g.ints([2, 3])]);
    });

  test("a Pad that adds nothing becomes an Identity", () => {
    const { model, changed } = dropEmptyPads(padded([0, 0, 0, 0, 0, 0, 0, 0]));
    expect(changed).toEqual(["1 Pad node adds nothing and became Identity."]);
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(["Identity", "Slice", "Flatten", "Gemm"]);
  });

  test("and one that pads stays", () => {
    const model = padded([0, 0, 0, 0, 0, 0, 1, 1]);
    expect(dropEmptyPads(model)).toEqual({ model, changed: [] });
  });
});

describe("add-a-metadata-reader", () => {
  const read = (text: string) =>
    teachableMachine.read({ name: "metadata.json", path: "metadata.json", text });

  test("a file of Teachable Machine names the classes and the preprocessing", () => {
    expect(read('{"tmVersion": "2.4.7", "labels": ["cat", "dog"], "imageSize": 224}')).toMatchObject({
      preprocess: { name: "tf", scale: 1 / 127.5, cropRatio: 1 },
      labels: ["cat", "dog"],
    });
  });

  test("a file of another kind says nothing, and a damaged one is an error", () => {
    expect(read('{"labels": ["cat"]}')).toBeUndefined();
    expect(() => read("{")).toThrow(/The JSON of metadata\.json cannot be read/);
  });
});
