/** The entry `portable` runs where there is no Node: a bundler for browsers takes it whole. */
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

test("it bundles for a browser, without Node and what needs it", async () => {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input: fileURLToPath(new URL("../src/portable.ts", import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["@onnx-lrp/source", "browser", "import", "default"] },
    onLog(_, { code, message }) {
      // What the command line loads late is part of one file here.
      if (code !== "INEFFECTIVE_DYNAMIC_IMPORT") warnings.push(`${code}: ${message}`);
    },
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  expect(warnings).toEqual([]);
  const chunks = output.filter((part) => part.type === "chunk");
  const files = new Set(chunks.map(({ fileName }) => fileName));
  const outside = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  expect(outside.filter((name) => !files.has(name))).toEqual([]);
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
  expect(modules.filter((id) => builtinModules.includes(id.replace("node:", "")))).toEqual([]);
  expect(modules.filter((id) => /packages\/(node|report|evaluation|cli)\//.test(id))).toEqual([]);
  for (const { code } of chunks) expect(code).not.toMatch(/["']node:|\brequire\(/);
});
