/** The package runs where there is no Node: a bundler for browsers takes it whole. */
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

test("it bundles for a browser, and the bundle runs without Node", async () => {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["@onnx-lrp/source", "browser", "import", "default"] },
    onLog: (_, { code, message }) => warnings.push(`${code}: ${message}`),
  });
  // Without comments, which may speak of require.
  const { output } = await bundle.generate({ format: "iife", name: "pictures", minify: true });
  await bundle.close();
  expect(warnings).toEqual([]);
  expect(output).toHaveLength(1);
  const { code, imports, moduleIds } = output[0];
  expect(imports).toEqual([]);
  expect(moduleIds.filter((id) => builtinModules.includes(id.replace("node:", "")))).toEqual([]);
  expect(code).not.toMatch(/["']node:|\brequire\(/);

  // A context of its own has JavaScript's objects and decoders of text, and neither Node's others nor a browser's.
  // As in a page that allows no evaluation of strings (Content-Security-Policy).
  const context = createContext(
    { TextDecoder, TextEncoder },
    { codeGeneration: { strings: false, wasm: false } },
  );
  const numbers: unknown = runInContext(
    `${code};
    const picture = { width: 2, height: 1, rgb: Uint8Array.of(255, 0, 51, 0, 102, 204) };
    const shape = { width: 2, height: 1, channels: 3, layout: "nchw" };
    const { data } = pictures.preprocess(picture, { ...pictures.preprocessPresets.unit, cropRatio: 1 }, shape);
    [...data].map((value) => value.toFixed(1)).join() + " " + pictures.findClass("zebra", pictures.imagenetLabels, 1000);`,
    context,
  );
  expect(numbers).toBe("1.0,0.0,0.0,0.4,0.2,0.8 340");
});
