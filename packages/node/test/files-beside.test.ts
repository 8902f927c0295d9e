import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeModel } from "@onnx-lrp/onnx-loader";
import { expect, onTestFinished, test } from "vitest";
import { readModelFile } from "../src/index.ts";
import { filesBeside } from "../src/internal.ts";

test("a model's external data, small and large, and what describes it belong to it; nothing else does", () => {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "weights"));
  const tensor = (name: string, location: string, count: number) => {
    writeFileSync(join(folder, location), Buffer.alloc(4 * count));
    const storage = { kind: "external", location, offset: 0, length: 4 * count } as const;
    return [name, { name, type: "float32", dims: [count], storage }] as const;
  };
  const initializers = new Map([
    tensor("small", "weights/small.bin", 4),
    tensor("large", "large.data", 100_000),
  ]);
  const type = { type: "float32", dims: [1, 3, 8, 8] } as const;
  const flat = {
    op: "Flatten",
    domain: "",
    name: "flat",
    inputs: ["x"],
    outputs: ["y"],
    attributes: new Map(),
  };
  const path = join(folder, "net.onnx");
  const bytes = writeModel({
    ...{ irVersion: 8, opsets: { "": 17 }, producer: "", producerVersion: "", metadata: {} },
    ...{ functions: [], carried: [] },
    graph: {
      ...{ name: "net", nodes: [flat], initializers, inputs: [{ name: "x", type }], carried: [] },
      ...{ outputs: [{ name: "y", type: undefined }], valueInfo: [], overridable: new Set() },
    },
  });
  writeFileSync(path, bytes);
  writeFileSync(join(folder, "config.json"), "{}");
  writeFileSync(join(folder, "other.data"), "");
  expect(filesBeside(readModelFile(path)).sort()).toEqual(
    ["config.json", "large.data", "weights/small.bin"].map((name) => join(folder, name)),
  );
});
