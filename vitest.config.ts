import { configDefaults, defineConfig } from "vitest/config";
import { SlowFirst } from "./scripts/slow-first.ts";

const conditions = ["@onnx-lrp/source", "node", "import", "default"];

/** Every file of tests. */
const every = ["packages/*/test/**/*.test.ts", "models/test/**/*.test.ts", "test/**/*.test.ts"];

/** Files that leave nothing changed: no current folder, no console, no registered operator, no module replaced. */
const pure = [
  ...["core", "onnx-loader", "pictures", "report", "network"].map(
    (name) => `packages/${name}/test/**/*.test.ts`,
  ),
  "packages/node/test/**/!(write-file).test.ts",
  "models/test/**/*.test.ts",
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ["./test/kit/src/near.ts"],
    reporters: ["default", "./scripts/counting-reporter.ts"],
    testTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: every,
          exclude: [...configDefaults.exclude, ...pure],
        },
      },
      // Loading modules once for all of their files, not once for each, saves minutes.
      { extends: true, test: { name: "together", include: pure, isolate: false } },
    ],
  },
});
