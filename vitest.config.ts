import { configDefaults, defineConfig } from "vitest/config";

const conditions = ["@onnx-lrp/source", "node", "import", "default"];

/** Packages whose tests leave nothing changed: no current folder, no console, no registered operator. */
const pure = ["core", "onnx-loader", "pictures"].map((name) => `packages/${name}/test/**/*.test.ts`);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ["./test/kit/src/near.ts"],
    reporters: ["default", "./scripts/counting-reporter.ts"],
    testTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["packages/*/test/**/*.test.ts", "models/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...pure],
        },
      },
      // Loading modules once for all of their files, not once for each, saves a minute.
      { extends: true, test: { name: "together", include: pure, isolate: false } },
    ],
  },
});
