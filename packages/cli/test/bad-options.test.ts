import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { enterWithNetwork, run, transcript, words } from "./shared.ts";

test.each([
  "--low one",
  "--low 2 --high 1",
  "--high 1,1,1,1",
  "--epsilon -1",
  "--epsilon many",
  "--gamma -1",
  "--gamma-first -1",
  "--gamma-dense nan",
  "--method saliency",
  "--composite best",
  "--method gradient --composite zplus",
  "--method clrp --method lrp",
  "--preprocess missing",
  "--preprocess broken.json",
  "--provider warp",
  "--provider cuda",
  "--input picture",
  "--output scores2",
  "--frobnicate",
])("onnx-lrp explain vgg.onnx dotted-disc.png %s", async (options) => {
  enterWithNetwork();
  writeFileSync("broken.json", '{"scale": 1');
  const line = `explain vgg.onnx dotted-disc.png ${options}`;
  const result = await run(...words(line));
  // How onnxruntime words a missing provider depends on how it was built.
  const text = transcript(line, result)
    .replace(/on this machine \(.*\)\./, "on this machine (WHY).")
    // Newer versions of Node.js also say the line.
    .replace(/ \(line \d+ column \d+\)/, "");
  expect(text).toMatchSnapshot();
  expect(readdirSync(".").includes("explanations")).toBe(false);
});

test("a provider that is missing gives way to the next, and says so", async () => {
  enterWithNetwork();
  const line = "explain vgg.onnx dotted-disc.png --preprocess unit --provider cuda,cpu";
  const { code, err } = await run(...words(line));
  expect(code).toBe(0);
  // A machine that has CUDA says nothing.
  expect([
    "",
    'The execution provider "cuda" is not available on this machine; using cpu instead.',
  ]).toContain(err);
});

test.each([
  "explain vgg.onnx dotted-disc.png --out plain/maps",
  "explain vgg.onnx dotted-disc.png --out plain",
  "compile vgg.onnx -o plain/out.onnx",
  "compile vgg.onnx -o vgg.onnx/x.onnx",
])("onnx-lrp %s (a place that cannot be written)", async (line) => {
  enterWithNetwork();
  writeFileSync("plain", "a file");
  mkdirSync("folder");
  const result = await run(...words(line));
  expect(result.code).toBe(6);
  expect(transcript(line, result)).toMatchSnapshot();
  expect(readdirSync(".").sort()).toEqual([
    "dotted-disc.png",
    "folder",
    "plain",
    "striped-star.png",
    "vgg.onnx",
  ]);
});
