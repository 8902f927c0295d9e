/** Builds the page: own code and styles, and beside them what the page fetches when it is needed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { shippedNetworks } from "@onnx-lrp/models";
import { defineConfig, type Plugin } from "vite";
import type { Shipped } from "./src/state/shipped.ts";

const here = dirname(fileURLToPath(import.meta.url));
const models = join(here, "../../models");

const pictures = readdirSync(join(models, "pictures"))
  .filter((name) => name.endsWith(".png"))
  .map((name) => name.replace(/\.png$/, ""));

/** The one that the README shows. */
const demo = "striped-star_ringed-triangle";

/** Those with more to see first. */
function byObjects(a: string, b: string): number {
  return b.split("_").length - a.split("_").length || a.localeCompare(b);
}

const shipped: Shipped = {
  networks: shippedNetworks.map(({ name, title, task, file }) => ({
    ...{ name, title, task },
    bytes: readFileSync(file).length,
  })),
  pictures: [demo, ...pictures.filter((name) => name !== demo).sort(byObjects)],
};

/** No inline scripts, nothing from elsewhere; wasm may be compiled. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Networks, pictures and onnxruntime's wasm, and a service worker that knows all files. */
function besides(): Plugin {
  return {
    name: "onnx-lrp-page",
    // After what brings the worker and its files.
    enforce: "post",
    transformIndexHtml: {
      order: "post",
      handler: () => [
        {
          tag: "meta",
          attrs: { "http-equiv": "Content-Security-Policy", content: policy },
          injectTo: "head-prepend",
        },
      ],
    },
    generateBundle(_, bundle) {
      const add = (fileName: string, path: string) =>
        this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
      for (const { name, file } of shippedNetworks) add(`networks/${name}.onnx`, fileURLToPath(file));
      for (const name of pictures) add(`pictures/${name}.png`, join(models, "pictures", `${name}.png`));
      const own = Object.values(bundle).flatMap(({ fileName }) => (isKept(fileName) ? [fileName] : []));
      const stamp = createHash("sha256")
        .update(JSON.stringify([own, shipped]))
        .digest("hex")
        .slice(0, 16);
      const files = [
        "./",
        ...own.filter((name) => name !== "index.html"),
        ...shipped.networks.map(({ name }) => `networks/${name}.onnx`),
        ...pictures.map((name) => `pictures/${name}.png`),
      ];
      const text = readFileSync(join(here, "src/service-worker.js"), "utf8")
        .replace('"__STAMP__"', JSON.stringify(`onnx-lrp ${stamp}`))
        .replace('"__FILES__"', JSON.stringify([...new Set(files)]));
      this.emitFile({ type: "asset", fileName: "service-worker.js", source: text });
    },
  };
}

/** All but the wasm for GPUs, which is kept when it is first used. */
function isKept(fileName: string): boolean {
  return !fileName.endsWith(".map") && !fileName.includes(".asyncify");
}

export default defineConfig({
  root: here,
  base: "./",
  define: { __SHIPPED__: JSON.stringify(shipped) },
  resolve: { conditions: ["@onnx-lrp/source", "module", "browser", "import", "default"] },
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    // A hint to authors of plugins.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  plugins: [besides()],
});
