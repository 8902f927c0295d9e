/** Figures of signals, volumes, many channels and features from the command line; what they hold is tested in the report. */
import { existsSync, readFileSync } from "node:fs";
import { openNetwork } from "@onnx-lrp/network";
import { floatTensor, type Model } from "@onnx-lrp/onnx-loader";
import { modelOf, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import { readArray, writeArray } from "./arrays.ts";
import { node, save } from "./networks.ts";
import { enterFolder, enterWithNetwork, run, stack, transcript, words } from "./shared.ts";

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(seed * 17 + i * 1.7));

/** Conv, Relu, GlobalAveragePool, Flatten, Gemm on an input of any number of axes. */
function convolutional(sizes: readonly number[], channels: number, metadata = {}): Model {
  const kernel = sizes.map(() => 3);
  const count = 4 * channels * 3 ** sizes.length;
  return modelOf({
    nodes: [
      node("Conv", ["x", "w"], ["c"], { pads: [...sizes, ...sizes].map(() => 1) }),
      node("Relu", ["c"], ["r"]),
      node("GlobalAveragePool", ["r"], ["g"]),
      node("Flatten", ["g"], ["f"]),
      node("Gemm", ["f", "v"], ["y"]),
    ],
    inputs: [value("x", ["N", channels, ...sizes])],
    outputs: [value("y", ["N", 3])],
    initializers: [
      floatTensor("w", [4, channels, ...kernel], numbers(count, 1)),
      floatTensor("v", [4, 3], numbers(12, 2)),
    ],
    metadata,
  });
}

function dense(features: number): Model {
  return modelOf({
    nodes: [node("Gemm", ["x", "w"], ["h"]), node("Relu", ["h"], ["r"]), node("Gemm", ["r", "v"], ["y"])],
    inputs: [value("x", ["N", features])],
    outputs: [value("y", ["N", 3])],
    initializers: [
      floatTensor("w", [features, 4], numbers(features * 4, 1)),
      floatTensor("v", [4, 3], numbers(12, 2)),
    ],
  });
}

const shapes = {
  signal: [1, 12, 700],
  waveform: [1, 1, 5000],
  volume: [1, 1, 8, 12, 10],
  bands: [1, 13, 16, 16],
  features: [1, 20],
} as const;

function enterWith(name: keyof typeof shapes, metadata = {}): void {
  enterFolder();
  const shape = shapes[name];
  save("net.onnx", name === "features" ? dense(20) : convolutional(shape.slice(2), shape[1], metadata));
  const count = [...shape].reduce((a: number, b) => a * b, 1);
  writeArray("x.npy", shape, Float32Array.from(numbers(count, 3)));
}

const names = Object.keys(shapes) as (keyof typeof shapes)[];

test.each(names)("explain: a %s, two targets, with arrays", async (name) => {
  enterWith(name);
  const line = "explain net.onnx x.npy --target 0 --target 1 --npy --method lrp --composite zplus";
  const result = await run(...words(line));
  expect(result.err).not.toMatch(stack);
  expect(transcript(line, result)).toMatchSnapshot();
  expect(result.code).toBe(0);
  for (const target of [0, 1]) {
    const stem = `explanations/x.lrp-zplus.${target}`;
    expect(readFileSync(`${stem}.png`).subarray(1, 4).toString()).toBe("PNG");
    expect(readArray(`${stem}.npy`).shape).toEqual([...shapes[name]]);
  }
});

test.each(names)("compare: a %s", async (name) => {
  enterWith(name);
  const line = "compare net.onnx x.npy --methods lrp:zplus,gradient";
  const result = await run(...words(line));
  expect(transcript(line, result)).toMatchSnapshot();
  expect(result.code).toBe(0);
  expect(readFileSync("comparison/comparison.png").subarray(1, 4).toString()).toBe("PNG");
  const page = readFileSync("comparison/comparison.html", "utf8");
  expect(page).toContain(`class="picture ${name === "waveform" ? "signal" : name}"`);
  expect(page.includes('aria-label="Relevance by channel"')).toBe(name === "bands" || name === "signal");
});

test("the names of channels are those that the model's metadata has", async () => {
  const leads = Array.from({ length: 12 }, (_, i) => `lead ${i + 1}`);
  enterWith("signal", { "onnx-lrp.channels": JSON.stringify(leads) });
  expect((await run(...words("compare net.onnx x.npy --methods gradient"))).code).toBe(0);
  expect(readFileSync("comparison/comparison.html", "utf8")).toContain(JSON.stringify(leads));
});

test("--bands chooses the channels shown, in comparisons too", async () => {
  enterWith("bands");
  const shown = async (options: string) => {
    expect((await run(...words(`compare net.onnx x.npy --methods gradient ${options}`))).code).toBe(0);
    return readFileSync("comparison/comparison.html", "utf8");
  };
  const pictureOf = (page: string) => /<img id="picture-0" src="([^"]+)"/.exec(page)?.[1];
  const [first, same, chosen] = [await shown(""), await shown("--bands 1,2,3"), await shown("--bands 4,3,2")];
  expect(first).toContain("Shown of the 13 channels: 1, 2, 3 as red, green and blue.");
  expect(chosen).toContain("Shown of the 13 channels: 4, 3, 2 as red, green and blue.");
  expect(pictureOf(first)).toBe(pictureOf(same));
  expect(pictureOf(first)).not.toBe(pictureOf(chosen));
  expect(await shown("--bands 13")).toContain("channel 13, in grey");
});

test.each([
  ["bands", "explain", "4,3,14", "The input has no channel 14: it has 13, which are counted from 1."],
  ["bands", "explain", "0,1,2", "--bands must be three channels, or one, counted from 1"],
  ["bands", "explain", "4,3", "--bands must be three channels, or one, counted from 1"],
  ["bands", "compare", "red", "--bands must be three channels, or one, counted from 1"],
  ["signal", "compare", "4,3,2", "Bands can be chosen for pictures only, and this network takes none."],
] as const)("%s: onnx-lrp %s --bands %s", async (name, command, bands, sentence) => {
  enterWith(name);
  const { code, err } = await run(command, "net.onnx", "x.npy", "--bands", bands);
  expect(code).toBe(2);
  expect(err.split("\n").at(-1)).toContain(sentence);
  expect(existsSync("comparison")).toBe(false);
});

test("the library draws the figure that the command draws, to the byte, and says the same of it", async () => {
  enterWithNetwork();
  const line = "explain vgg.onnx striped-star.png --target top:2 --json";
  const [{ figure, explanations }] = JSON.parse((await run(...words(line))).out).inputs;
  await using network = await openNetwork("vgg.onnx");
  const result = await network.explain("striped-star.png", { target: "top:2" });
  expect(Buffer.compare(Buffer.from(await result.png()), readFileSync(figure))).toBe(0);
  const said = result.explanations.map(({ note, rivals, sum }) => ({ note, rivals, sum }));
  expect(said).toEqual(
    explanations.map(({ note, rivals, sum }: (typeof said)[number]) => ({ note, rivals, sum })),
  );
  expect(said[0]?.rivals[0]?.weight).toBeGreaterThan(0);
  expect(said[0]?.note).toMatch(/^against \w+ \w+ \d+ %, /);
  const lrp = await network.explain("striped-star.png", { method: "lrp" });
  expect(lrp.explanations[0]?.note).toMatch(/^sums to [\d.]+ of a logit of [\d.]+/);
});
