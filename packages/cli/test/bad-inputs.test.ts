import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { example, writeArray } from "./arrays.ts";
import { save, tiny } from "./networks.ts";
import { enterFolder, run, stack, transcript, words } from "./shared.ts";

test.each<[string, () => void]>([
  ["missing.png", () => {}],
  ["missing.npy", () => {}],
  ["empty.png", () => writeFileSync("empty.png", "")],
  ["text.jpg", () => writeFileSync("text.jpg", "no picture")],
  ["net.onnx", () => {}],
  ["cut.npy", () => writeFileSync("cut.npy", Buffer.from("\x93NUMPY\x01\x00", "latin1"))],
  ["text.npy", () => writeFileSync("text.npy", "1, 2, 3, 4, 5, 6")],
  ["large.npy", () => writeArray("large.npy", [1, 3, 9, 9], example(243))],
  ["batch.npy", () => writeArray("batch.npy", [2, 2, 8, 8], example(256))],
  ["turned.npy", () => writeArray("turned.npy", [1, 8, 8, 3], example())],
  ["short.npy", () => writeArray("short.npy", [1, 3, 8, 8], example(100))],
])("onnx-lrp explain net.onnx %s good.npy", async (name, prepare) => {
  enterFolder();
  save("net.onnx", tiny());
  writeArray("good.npy", [1, 3, 8, 8], example());
  prepare();
  const line = `explain net.onnx ${name} good.npy --preprocess unit`;
  const result = await run(...words(line));
  expect(result.code).toBe(1);
  expect(result.err).not.toMatch(stack);
  expect(transcript(line, result)).toMatchSnapshot();
});

test("onnx-lrp inspect net.onnx --conservation of what is no picture", async () => {
  enterFolder();
  save("net.onnx", tiny());
  writeArray("large.npy", [1, 3, 9, 9], example(243));
  for (const line of [
    "inspect net.onnx --conservation missing.png",
    "inspect net.onnx --conservation large.npy",
  ])
    expect(transcript(line, await run(...words(line)))).toMatchSnapshot();
});

test("onnx-lrp explain of values beyond the bounds of zbox", async () => {
  enterFolder();
  save("net.onnx", tiny());
  const values = example();
  writeArray("bright.npy", [1, 3, 8, 8], values.with(64 + 8 * 2 + 5, 2.5));
  for (const [line, code] of [
    ["explain net.onnx bright.npy --preprocess unit", 1],
    ["explain net.onnx bright.npy --preprocess unit --high 3", 0],
    ["explain net.onnx bright.npy --preprocess unit --composite zplus", 0],
  ] as const) {
    const result = await run(...words(line));
    expect(result.code, line).toBe(code);
    if (code === 1) expect(transcript(line, result)).toMatchSnapshot();
  }
});
