/** What is guessed of networks that say nothing, and what a picture says of the guess. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { save, tiny } from "./networks.ts";
import { writePng } from "./png.ts";
import { enterFolder, run, transcript, words } from "./shared.ts";

const shared = (path: string) => fileURLToPath(new URL(`../../../../shared/${path}`, import.meta.url));

function testWithShared(name: string, body: () => Promise<void>): void {
  if (existsSync(shared(""))) test(name, body);
  else test.skip(`${name} (skipped: there is no folder "shared" beside the repository)`, body);
}

async function inspected(...args: readonly string[]) {
  const { code, out } = await run("inspect", ...args, "--json");
  expect(code).toBe(0);
  return JSON.parse(out);
}

for (const [model, preset, source] of [
  ["squeezenet-caffe2-fp16", "caffe", "the exporter onnx-caffe2"],
  ["mobilenetv1-0.25-nhwc-tf2onnx", "tf", "1001 classes"],
  ["mnist-cntk", "unit", "one channel"],
] as const) {
  testWithShared(`${model} is guessed to take ${preset}`, async () => {
    const { network } = await inspected(shared(`models/${model}.onnx`));
    expect(network.preprocess).toMatchObject({ name: preset, from: "guess", source });
  });
}

testWithShared("explain says when a guess seems wrong, and does not switch", async () => {
  enterFolder();
  const line = [shared("models/tiny-darknet.onnx"), shared("photos/darknet_dog.jpg")];
  const { code, out, err } = await run("explain", ...line, "--labels", "none");
  expect(code).toBe(0);
  expect(err).toContain('pictures are preprocessed as "imagenet"');
  expect(err).toMatch(
    /The network is much surer with --preprocess unit: 6\d\.\d % class \d+, now 3\d\.\d % class \d+\./,
  );
  expect(out).toMatch(/sees {7}class \d+ 3\d\.\d %/);

  const json = await run("explain", ...line, "--json", "--labels", "none");
  expect(json.err).toBe("");
  const { preprocess } = JSON.parse(json.out);
  expect(preprocess).toMatchObject({ name: "imagenet", hint: expect.stringContaining("--preprocess unit") });

  const told = await run("explain", ...line, "--json", "--labels", "none", "--preprocess", "unit");
  expect(JSON.parse(told.out).preprocess).toMatchObject({ name: "unit", hint: null });
});

test("inspect --try shows every preset", async () => {
  enterFolder();
  save("net.onnx", tiny());
  writePng("picture.png", 20, 10);
  const line = "inspect net.onnx --try picture.png --no-nodes";
  const page = await run(...words(line));
  const table = page.out.slice(page.out.indexOf("The picture under"));
  expect(transcript(line, { ...page, out: table })).toMatchSnapshot();
  const { tried } = await inspected("net.onnx", "--try", "picture.png");
  expect(tried.map(({ preset }: { preset: string }) => preset)).toEqual([
    "imagenet",
    "caffe",
    "tf",
    "unit",
    "none",
  ]);
  const missing = await run(...words("inspect net.onnx --try missing.png"));
  expect(missing).toMatchObject({ code: 1, out: "" });
});
