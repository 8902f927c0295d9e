/** Values of options: how many they take, and which are wrong usage. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { enterWithTiny } from "./networks.ts";
import { launch, readAsLogits, run, words } from "./shared.ts";

test.each([
  "explain --target 1 net.onnx x.npy --preprocess unit",
  "explain net.onnx --target 1 x.npy --preprocess unit",
  "explain --target 1 --target top:2 --preprocess unit net.onnx x.npy",
])("onnx-lrp %s (an option before the arguments takes one value)", async (line) => {
  enterWithTiny();
  const { code, err } = await run(...words(line));
  expect({ code, err }).toEqual({ code: 0, err: readAsLogits });
});

test("onnx-lrp explain net.onnx x.npy --low -2.1,-2,-1.8 --high 2,2,2 (the help's own example)", async () => {
  enterWithTiny();
  const { code, out, err } = await run(
    ...words("explain net.onnx x.npy --preprocess unit --low -2.1,-2,-1.8 --high 2,2,2 --json"),
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out)).toMatchObject({ options: { low: [-2.1, -2, -1.8], high: [2, 2, 2] } });
});

test.each(["--score logit", "--watch logit", "--watch=logit"])(
  "%s is the score of occlusion",
  async (score) => {
    enterWithTiny();
    const line = `explain net.onnx x.npy --preprocess unit --method occlusion ${score} --json`;
    const { code, out, err } = await run(...words(line));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ options: { score: "logit" } });
  },
);

test.each([
  "explain net.onnx x.npy --preprocess unit --out a --out b",
  "explain net.onnx x.npy --preprocess unit --preprocess tf",
  "explain net.onnx x.npy --preprocess unit --low 0 --low 1",
  "explain net.onnx x.npy --preprocess unit --labels none --labels imagenet",
  "explain net.onnx x.npy --preprocess unit --provider cpu --provider cpu",
  "compile net.onnx --preprocess unit -o a.onnx -o b.onnx",
  "inspect net.onnx --preprocess unit --conservation x.npy --conservation x.npy",
])("onnx-lrp %s (an option given twice is wrong usage)", async (line) => {
  enterWithTiny();
  const { code, err } = await run(...words(line));
  expect(err).toMatch(/^onnx-lrp: --?\w+ may be given only once; it was given 2 times\.$/);
  expect(code).toBe(2);
  expect(readdirSync(".").sort()).toEqual(["net.onnx", "x.npy"]);
});

test.each(["abc", "-1", "1.5", "99999999999"])("--threads %s is wrong usage", async (threads) => {
  enterWithTiny();
  const { code, err } = await run(...words(`explain net.onnx x.npy --preprocess unit --threads ${threads}`));
  expect(code).toBe(2);
  expect(err).toContain("--threads");
});

test.each(["0,0,", ",", ""])('--low "%s" is wrong usage, not zeros', async (low) => {
  enterWithTiny();
  const { code } = await run(
    "explain",
    "net.onnx",
    "x.npy",
    "--preprocess",
    "unit",
    "--low",
    low,
    "--high",
    "1",
  );
  expect(code).toBe(2);
});

test("an empty name among the providers is wrong usage, not a line of onnxruntime's", async () => {
  enterWithTiny();
  const { code, err } = await launch([
    "explain",
    "net.onnx",
    "x.npy",
    "--preprocess",
    "unit",
    "--provider",
    "cpu,",
  ]);
  expect(code).toBe(2);
  expect(err).toMatch(/^onnx-lrp: .*--provider/);
});

test.each([
  "explain net.onnx x.npy --preprocess unit --out map.png",
  "evaluate net.onnx x.npy --preprocess unit --out run.json",
])("onnx-lrp %s (a file's name for a folder is wrong usage)", async (line) => {
  enterWithTiny();
  const { code, err } = await run(...words(line));
  expect(err).toMatch(/--out "(map\.png|run\.json)" is named like a file, and takes a folder/);
  expect(code).toBe(2);
  expect(readdirSync(".").sort()).toEqual(["net.onnx", "x.npy"]);
});

test("several methods for explain: the sentence says which command takes them", async () => {
  enterWithTiny();
  const { code, err } = await run(...words("explain net.onnx x.npy --method sglrp,lrp"));
  expect(err).toContain("--method takes one method; several side by side: onnx-lrp compare");
  expect(code).toBe(2);
});
