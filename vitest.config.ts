import { defineConfig } from "vitest/config";

const conditions = ["@onnx-lrp/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "models/test/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["./test/kit/src/near.ts"],
    reporters: ["default", "./scripts/counting-reporter.ts"],
    testTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
