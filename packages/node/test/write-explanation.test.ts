import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readModel } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { openExplainer } from "../src/explainer.ts";
import { readModelFile } from "../src/model-file.ts";
import { runtime } from "../src/runtime.ts";
import { writeExplanationModel } from "../src/write-explanation.ts";
import { temporaryFolder } from "./shared.ts";

const vgg = fileURLToPath(new URL("../../../models/networks/vgg.onnx", import.meta.url));
const pixels = { low: [-2, -2, -2], high: [2, 2, 2] };

async function network(): Promise<string> {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "nets"));
  copyFileSync(vgg, join(folder, "nets", "vgg.onnx"));
  return folder;
}

test.each(["embed", "reference"] as const)(
  "a written model (%s) gives an explainer's own relevance",
  async (weights) => {
    const folder = await network();
    const file = readModelFile(join(folder, "nets", "vgg.onnx"));
    const out = join(folder, "out.onnx");
    const prepared = await writeExplanationModel(file, out, {
      method: "lrp",
      composite: "epsilon-plus",
      pixels,
      weights,
    });
    const picture = Float32Array.from({ length: 3 * 128 * 128 }, (_, i) => Math.cos(i / 99));

    const explainer = await openExplainer(file, { method: "lrp", composite: "epsilon-plus", pixels });
    const [expected] = await explainer.explain([picture], [[3]]);
    await explainer.release();
    const session = await runtime.InferenceSession.create(out, { logSeverityLevel: 4 });
    const results = await session.run({
      image: new runtime.Tensor("float32", picture, [1, 3, 128, 128]),
      [prepared.compiled.names.targets]: new runtime.Tensor("int64", BigInt64Array.of(3n), [1, 1]),
    });
    await session.release();
    const reference = expected?.explanations[0]?.relevance ?? new Float32Array();
    const found = results[prepared.compiled.names.relevance]?.data as Float32Array;
    expect(found.length).toBe(reference.length);
    const largest = Math.max(...reference.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(Math.max(...found.map((x, i) => Math.abs(x - (reference[i] ?? Number.NaN))))).toBeLessThan(
      1e-5 * largest,
    );
    expect(statSync(out).size < statSync(vgg).size / 4).toBe(weights === "reference");
  },
);

test("the hash of the network's file stands in the written one", async () => {
  const folder = await network();
  const out = join(folder, "deep", "new", "out.onnx");
  await writeExplanationModel(readModelFile(join(folder, "nets", "vgg.onnx")), out, { pixels });
  const { metadata } = readModel(readFileSync(out));
  expect(metadata["onnx-lrp.source-sha256"]).toBe(
    createHash("sha256").update(readFileSync(vgg)).digest("hex"),
  );
});

test.each(["other/out.onnx", "nets/below/out.onnx"])(
  "references from %s, which leave its folder, are refused and nothing is written",
  async (name) => {
    const folder = await network();
    const file = readModelFile(join(folder, "nets", "vgg.onnx"));
    await expect(
      writeExplanationModel(file, join(folder, name), { pixels, weights: "reference" }),
    ).rejects.toMatchObject({ kind: "usage", message: expect.stringMatching(/option weights to "embed"/) });
    expect(readdirSync(folder)).toEqual(["nets"]);
    expect(readdirSync(join(folder, "nets"))).toEqual(["vgg.onnx"]);
  },
);
