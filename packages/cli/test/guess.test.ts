/** What is guessed of networks that say nothing, and what a picture says of the guess. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { floatTensor } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { writeArray } from "./arrays.ts";
import { save, tiny, value } from "./networks.ts";
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
  expect(out).toMatch(/predicts {3}class \d+ 3\d\.\d %/);

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

test("what is no picture of bytes has no bounds unless they are given, and no zbox rule", async () => {
  enterFolder();
  const kernel = Array.from({ length: 180 }, (_, i) => Math.sin(i * 1.7));
  const inputs = [value("x", ["N", 5, 8, 8])];
  save("bands.onnx", tiny({ inputs, initializers: [floatTensor("w", [4, 5, 3, 3], kernel)] }));
  writeArray("bands.npy", [1, 5, 8, 8], new Float32Array(320).fill(0.5));
  const { network } = await inspected("bands.onnx");
  expect(network).toMatchObject({
    preprocess: { name: "none", from: "guess", source: "5 channels" },
    ...{ pixels: null, composite: "zplus" },
  });
  const { err } = await run(...words("explain bands.onnx bands.npy --head softmax"));
  expect(err).toBe(
    'The input "x" is not a picture of bytes: the first layer gets the rule zplus, not zbox (--low and --high give the bounds that zbox needs).',
  );
  const bounded = await inspected("bands.onnx", "--low", "0", "--high", "1");
  expect(bounded.network).toMatchObject({
    pixels: { low: [0, 0, 0, 0, 0], high: [1, 1, 1, 1, 1] },
    composite: "zplus-box",
  });
  expect((await run(...words("explain bands.onnx bands.npy --low 0 --high 1 --head softmax"))).err).toBe("");
});
