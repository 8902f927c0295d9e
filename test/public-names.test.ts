/** What is public is meant: every export of an index has a docstring, and a name that stands alone. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

interface Exported {
  readonly name: string;
  /** Its name where it is declared. */
  readonly local: string;
  readonly file: string;
}

/** What a file exports from other files of its package. */
function exportsOf(file: string): Exported[] {
  const lists = readFileSync(file, "utf8").matchAll(/export (?:type )?\{([^}]*)\} from "(\.[^"]+)";/g);
  return [...lists].flatMap(([, names = "", path = ""]) =>
    names
      .split(",")
      .map((text) => text.trim().replace(/^type /, ""))
      .filter((text) => text !== "")
      .map((text) => {
        const [local = "", name = local] = text.split(" as ");
        return { name, local, file: join(dirname(file), path) };
      }),
  );
}

/** @returns undefined where the file does not declare it */
function docstringOf({ local, file }: Exported): string | undefined {
  const text = readFileSync(file, "utf8");
  const kinds = "(?:async )?(?:function\\*?|const|interface|type|class)";
  const declared = new RegExp(`^export (?:declare )?${kinds} ${local}\\b`, "m").exec(text);
  if (declared !== null) {
    const before = text.slice(0, declared.index).trimEnd();
    return before.endsWith("*/") ? before.slice(before.lastIndexOf("/**")) : "";
  }
  const again = exportsOf(file).find(({ name }) => name === local);
  return again && docstringOf(again);
}

/** The entries of a package that programs import. */
function publicEntries(name: string): string[] {
  const folder = join(root, "packages", name);
  const { exports }: { exports: Record<string, unknown> } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  return Object.entries(exports).flatMap(([entry, to]) => {
    if (entry === "./internal" || typeof to !== "object" || to === null) return [];
    return Object.entries(to).flatMap(([condition, path]) =>
      condition === "@onnx-lrp/source" ? [join(folder, String(path))] : [],
    );
  });
}

const names = readdirSync(join(root, "packages")).filter((name) => {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  return manifest.private !== true;
});

describe.each(names)("%s", (name) => {
  const entries = publicEntries(name);
  const exported = entries.flatMap(exportsOf);

  test("exports nothing without a docstring", () => {
    expect(entries.length).toBeGreaterThan(0);
    const bare = exported
      .filter((one) => !docstringOf(one))
      .map((one) => `${one.name} of ${relative(root, one.file)}`);
    expect(bare).toEqual([]);
  });

  test("exports no name that says nothing outside its package", () => {
    const vague = ["int", "ints", "float", "string", "edge", "random", "name", "node", "value"];
    expect(exported.map((one) => one.name).filter((one) => vague.includes(one))).toEqual([]);
  });
});

test("documents and examples import only what is public", () => {
  const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(root, "docs", name));
  const readmes = names.map((name) => join(root, "packages", name, "README.md"));
  const examples = readdirSync(join(root, "test/how-to")).map((name) => join(root, "test/how-to", name));
  const inside = [...pages, ...readmes, ...examples, join(root, "README.md")].filter((file) =>
    /from "@onnx-lrp\/[a-z-]+\/internal"/.test(readFileSync(file, "utf8")),
  );
  expect(inside.map((file) => relative(root, file))).toEqual([]);
});
