import { expect, test } from "vitest";
import { launch, run, transcript } from "./shared.ts";

test.each([
  "--help",
  "explain --help",
  "compare --help",
  "inspect --help",
  "compile --help",
  "methods",
  "evaluate --help",
  "summarize --help",
  "tune --help",
])("onnx-lrp %s", async (line) => {
  expect(transcript(line, await run(...line.split(" ")))).toMatchSnapshot();
});

test("onnx-lrp --version", async () => {
  const { code, out } = await run("--version");
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+$/);
});

test.each([
  "",
  "explain",
  "explain net.onnx",
  "inspect",
  "compile net.onnx",
  "frobnicate",
  "explain net.onnx x.png --frobnicate",
  "explian net.onnx x.png",
  "explain net.onnx x.png --metod lrp",
  "explain net.onnx x.png --method sglpr",
  "inspect net.onnx again",
])("onnx-lrp %s (wrong usage)", async (line) => {
  const result = await run(...line.split(" ").filter(Boolean));
  expect(result.code).toBe(2);
  expect(transcript(line, result)).toMatchSnapshot();
});

test("the built command prints help on stdout and ends with 0", async () => {
  const { code, out, err } = await launch(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain("explain <model> <inputs..>");
  expect(err).toBe("");
});

test.each(["explain", "compare", "inspect", "compile", "evaluate", "tune", "summarize", "page"])(
  "examples of %s stand on lines of their own, which fit 80 columns",
  async (command) => {
    const { out } = await run(command, "--help");
    const examples = out.split("\n").filter((line) => line.startsWith(`  onnx-lrp ${command} `));
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(line.length).toBeLessThanOrEqual(80);
    expect(examples.every((line) => !/ {3,}/.test(line.trim()))).toBe(true);
  },
);
