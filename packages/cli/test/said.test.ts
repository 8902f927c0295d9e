/** What the files beside a network say is used, and told: on the terminal, in JSON, and where it is not used. */
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { save, tiny, value } from "./networks.ts";
import { writePng } from "./png.ts";
import { enterFolder, run, transcript, words } from "./shared.ts";

const names = { 0: "ant", 1: "bee", 2: "cat", 3: "dog", 4: "emu" };
const processor = {
  ...{ do_resize: true, do_rescale: true, do_normalize: true, image_processor_type: "ViTImageProcessor" },
  ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], resample: 3 },
  size: { height: 12, width: 10 },
};

/** onnx/model.onnx, which takes any size, with the files of Hugging Face's hub above it; picture.png. */
function enterWithFiles(): void {
  enterFolder();
  mkdirSync("onnx");
  save("onnx/model.onnx", tiny({ inputs: [value("x", ["N", 3, "height", "width"])] }));
  writeFileSync(
    "config.json",
    JSON.stringify({ architectures: ["ViTForImageClassification"], id2label: names }),
  );
  writeFileSync("preprocessor_config.json", JSON.stringify(processor));
  writePng("picture.png", 20, 10);
}

test.each([
  "explain onnx/model.onnx picture.png --target emu",
  "explain onnx/model.onnx picture.png --preprocess unit --labels none --size 8",
  "inspect onnx/model.onnx --no-nodes",
])("onnx-lrp %s", async (line) => {
  enterWithFiles();
  expect(transcript(line, await run(...words(line)))).toMatchSnapshot();
});

test("JSON says who says what", async () => {
  enterWithFiles();
  const explained = await run(...words("explain onnx/model.onnx picture.png --json"));
  expect({ ...explained, out: "" }).toEqual({ code: 0, out: "", err: "" });
  const document: unknown = JSON.parse(explained.out);
  expect(document).toMatchObject({
    preprocess: { name: "hugging-face", from: "file", source: "preprocessor_config.json" },
    labels: { from: "file", source: "config.json" },
  });
  const inspected = await run(...words("inspect onnx/model.onnx --json"));
  const { network } = JSON.parse(inspected.out);
  expect(network.input).toMatchObject({ height: 12, width: 10 });
  expect(network.preprocess).toMatchObject({
    ...{ name: "hugging-face", fit: "squash", interpolation: "bicubic", mean: [0.5, 0.5, 0.5] },
    ...{ from: "file", source: "preprocessor_config.json" },
  });
  expect(network.said).toEqual({
    labels: { count: 5, first: ["ant", "bee", "cat", "dog", "emu"], from: "file", source: "config.json" },
    trainedSize: { height: 12, width: 10, from: "file", source: "preprocessor_config.json" },
    task: { name: "classify", from: "file", source: "config.json" },
    unused: [],
  });
});

test("what cannot be used is named by inspect, and harms nothing", async () => {
  enterWithFiles();
  writeFileSync("preprocessor_config.json", JSON.stringify({ ...processor, image_mean: "grey" }));
  writeFileSync("config.json", JSON.stringify({ id2label: { 0: "ant", 1: "bee" } }));
  writeFileSync("onnx/labels.txt", "one\ntwo\n");
  const { code, out } = await run(...words("inspect onnx/model.onnx --json"));
  expect(code).toBe(0);
  const { network } = JSON.parse(out);
  expect(network.preprocess).toMatchObject({ name: "imagenet", from: "guess", source: "three channels" });
  expect(network.said).toMatchObject({ labels: null, trainedSize: null });
  expect(network.said.unused).toEqual([
    'preprocessor_config.json is not used: its "image_mean" does not hold what it must.',
    "config.json names 2 classes, and the network has 5.",
    "onnx/labels.txt names 2 classes, and the network has 5.",
  ]);
});

test("a tensor keeps its own size", async () => {
  enterWithFiles();
  const { writeArray } = await import("./arrays.ts");
  writeArray("array.npy", [1, 3, 9, 11], new Float32Array(297).fill(0.5));
  const { code, err } = await run(...words("explain onnx/model.onnx array.npy picture.png"));
  expect({ code, err }).toMatchObject({ code: 0 });
});
