import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { floatTensor, stringValue as string } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { example, writeArray } from "./arrays.ts";
import { node, type Parts, save, saveExternal, tiny, value } from "./networks.ts";
import { enterFolder, run, stack, transcript, words } from "./shared.ts";

const line = "explain net.onnx x.npy --preprocess unit --out maps";

async function explained(command = line): Promise<string> {
  writeArray("x.npy", [1, 3, 8, 8], example());
  const result = await run(...words(command));
  expect(result.err).not.toMatch(stack);
  return transcript(command, result);
}

test("onnx-lrp explain net.onnx x.npy (the tiny network itself is sound)", async () => {
  enterFolder();
  save("net.onnx", tiny());
  expect(await explained()).toMatchSnapshot();
});

test.each<[string, () => void]>([
  ["no such model", () => {}],
  ["a folder", () => mkdirSync("net.onnx")],
  ["an empty file", () => writeFileSync("net.onnx", "")],
  ["text", () => writeFileSync("net.onnx", "This is not a network.\n")],
  [
    "a Git LFS pointer",
    () => writeFileSync("net.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
  ],
  ["a PyTorch checkpoint", () => writeFileSync("net.onnx", Buffer.from("PK\x03\x04archive", "latin1"))],
  [
    "a truncated model",
    () => {
      const bytes = save("net.onnx", tiny());
      writeFileSync("net.onnx", bytes.subarray(0, 400));
    },
  ],
])("onnx-lrp explain net.onnx x.npy (%s)", async (_, prepare) => {
  enterFolder();
  prepare();
  expect(await explained()).toMatchSnapshot();
});

test("arguments the wrong way round", async () => {
  enterFolder();
  save("net.onnx", tiny());
  writeArray("x.npy", [1, 3, 8, 8], example());
  const turned = "explain x.npy net.onnx";
  const result = await run(...words(turned));
  expect(result.code).toBe(3);
  expect(result.err).toContain('"x.npy" is not an ONNX model');
});

const x = value("x", ["N", 3, 8, 8]);
const image = value("other", ["N", 3, 8, 8]);

test.each<[string, Parts]>([
  ["opset 5", { opset: 5 }],
  ["opset 99", { opset: 99 }],
  [
    "an operation without a rule",
    { between: [node("Einsum", ["c"], ["r"], { equation: string("nchw->nchw") })] },
  ],
  ["a node that uses what nothing makes", { between: [node("Add", ["c", "nothing"], ["r"])] }],
  ["no input of numbers", { inputs: [{ name: "x", type: { type: "bool", dims: ["N", 3, 8, 8] } }] }],
  ["no known height and width", { inputs: [value("x", ["N", 3, "H", "W"])] }],
  [
    "several inputs that could be explained",
    { inputs: [x, image], before: [node("Add", ["x", "other"], ["both"])] },
  ],
  [
    "another input that is needed",
    { inputs: [x, value("scale", [1])], between: [node("Mul", ["c", "scale"], ["r"])] },
  ],
  ["no class scores", { outputs: [value("c", ["N", 4, 8, 8])] }],
  ["several class scores", { outputs: [value("y", ["N", 5]), value("f", ["N", 4])] }],
  [
    "a weight that is not a number",
    { kernel: Array.from({ length: 108 }, (_, i) => (i === 50 ? Number.NaN : 1)) },
  ],
  ["weights that make infinity", { kernel: Array.from({ length: 108 }, () => 3e38) }],
])("onnx-lrp explain net.onnx x.npy (%s)", async (_, parts) => {
  enterFolder();
  save("net.onnx", tiny(parts));
  expect(await explained()).toMatchSnapshot();
});

test("labels inside the model that do not fit are left out", async () => {
  enterFolder();
  save("net.onnx", tiny({ metadata: { "onnx-lrp.labels": '["a","b"]' } }));
  expect(await explained()).toContain("predicts   class ");
});

test("--input NAME explains that input; the others need values", async () => {
  enterFolder();
  save("net.onnx", tiny({ inputs: [x, value("scale", [1])], between: [node("Mul", ["c", "scale"], ["r"])] }));
  expect(await explained(`${line} --input scale`)).toMatchSnapshot();
});

test("--output says which of several outputs holds the class scores", async () => {
  enterFolder();
  save("net.onnx", tiny({ outputs: [value("y", ["N", 5]), value("f", ["N", 4])] }));
  writeArray("x.npy", [1, 3, 8, 8], example());
  const chosen = await run(...words(`${line} --output f`));
  expect(chosen.code).toBe(0);
  // "f" is what the global average leaves of four channels: four scores, all alike.
  expect(chosen.out).toMatch(/class 2 33\./);
});

const whole = 4 * 108;

test.each<[string, (weights: Uint8Array) => void, string, { offset?: number; length?: number }?]>([
  ["data beside the model", (bytes) => writeFileSync("in/w.bin", bytes), "w.bin"],
  [
    "data in a folder below, behind other data",
    (bytes) => {
      mkdirSync("in/data");
      writeFileSync("in/data/w.bin", Buffer.concat([Buffer.alloc(64), bytes, Buffer.alloc(8)]));
    },
    "data/w.bin",
    { offset: 64 },
  ],
  [
    "a link to data within the folder",
    (bytes) => {
      writeFileSync("in/real.bin", bytes);
      symlinkSync("real.bin", "in/w.bin");
    },
    "w.bin",
  ],
  ["data that is missing", () => {}, "w.bin"],
  ["data that is cut off", (bytes) => writeFileSync("in/w.bin", bytes.subarray(0, 100)), "w.bin"],
  ["data beyond the file's end", (bytes) => writeFileSync("in/w.bin", bytes), "w.bin", { offset: 4 }],
  ["data before the file's start", (bytes) => writeFileSync("in/w.bin", bytes), "w.bin", { offset: -4 }],
  ["data in the folder above", (bytes) => writeFileSync("w.bin", bytes), "../w.bin"],
  ["data in the folder above, by a way round", (bytes) => writeFileSync("w.bin", bytes), "data/../../w.bin"],
  ["data at an absolute path", (bytes) => writeFileSync("in/w.bin", bytes), "/etc/passwd"],
  ["data on another drive", (bytes) => writeFileSync("in/w.bin", bytes), "C:\\w.bin"],
  ["data in no file", () => {}, ""],
  [
    "a link out of the folder",
    (bytes) => {
      writeFileSync("w.bin", bytes);
      symlinkSync("../w.bin", "in/w.bin");
    },
    "w.bin",
  ],
  [
    "a folder that is a link out",
    (bytes) => {
      mkdirSync("outside");
      writeFileSync("outside/w.bin", bytes);
      symlinkSync("../outside", "in/data");
    },
    "data/w.bin",
  ],
  ["a link to itself", () => symlinkSync("w.bin", "in/w.bin"), "w.bin"],
])("onnx-lrp explain in/net.onnx x.npy (%s)", async (_, prepare, location, place = {}) => {
  enterFolder();
  mkdirSync("in");
  prepare(saveExternal("in/net.onnx", tiny(), "w", { location, length: whole, ...place }));
  expect(await explained(line.replace("net", "in/net"))).toMatchSnapshot();
});

test("a network with its data beside it is explained as the one with its data inside is", async () => {
  enterFolder();
  save("net.onnx", tiny());
  writeFileSync("w.bin", saveExternal("outside.onnx", tiny(), "w", { location: "w.bin" }));
  writeArray("x.npy", [1, 3, 8, 8], example());
  const maps = await Promise.all(
    ["net.onnx", "outside.onnx"].map(async (name) => {
      const { code } = await run(
        ...words(`explain ${name} x.npy --preprocess unit --npy --out maps-${name} --target 2`),
      );
      expect(code).toBe(0);
      return readFileSync(`maps-${name}/x.sglrp.2.npy`);
    }),
  );
  expect(maps[0]?.length).toBeGreaterThan(700);
  expect(maps[0]?.equals(maps[1] ?? Buffer.alloc(0))).toBe(true);
});

test("an unused weight that is not a number does no harm", async () => {
  enterFolder();
  save("net.onnx", tiny({ initializers: [floatTensor("unused", [1], [Number.NaN])] }));
  expect(await explained()).toContain("exit code 0");
});
