import { expect, test } from "vitest";
import { enterWithNetwork, run, transcript, words } from "./shared.ts";

test.each([
  '--target "striped sta"',
  "--target disc",
  '--target "striped star" --against disc',
  "--target zebra",
  "--target 16",
  "--target 99999999999999999999",
  "--target -1",
  "--target 1.5",
  '--target ""',
  "--target top:0",
  "--target top:17",
  "--target top:x",
  "--target top:1.5",
  "--labels none --target disc",
  "--labels missing.txt",
  "--labels imagenet",
])("onnx-lrp explain vgg.onnx dotted-disc.png %s", async (options) => {
  enterWithNetwork();
  const line = `explain vgg.onnx dotted-disc.png ${options}`;
  expect(transcript(line, await run(...words(line)))).toMatchSnapshot();
});
