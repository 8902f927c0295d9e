/** Networks that leave the size of pictures open, take bytes, or lack a rule for something. */
import { intValue as int, intsValue as ints, type Model } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { readArray, writeArray } from "./arrays.ts";
import { node, save, tiny, value } from "./networks.ts";
import { writePng } from "./png.ts";
import { enterFolder, run, stack, transcript, words } from "./shared.ts";

const open = () => tiny({ inputs: [value("x", ["N", 3, "height", "width"])] });

function bytes(): Model {
  const model = tiny({ before: [node("Cast", ["pixels"], ["x"], { to: int(1) })] });
  const inputs = [{ name: "pixels", type: { type: "uint8", dims: ["N", 3, 8, 8] } }] as const;
  return { ...model, graph: { ...model.graph, inputs } };
}

test.each([
  "explain open.onnx wide.png tall.png --npy",
  "explain open.onnx wide.png tall.png --npy --size 12x16",
  "explain open.onnx wide.png array.npy",
  "explain open.onnx huge.png wide.png",
  "explain open.onnx huge.png missing.png",
  "explain open.onnx wide.png --size large",
  "explain bytes.onnx wide.png --npy",
  "explain fixed.onnx wide.png --size 16",
  "compile open.onnx -o whole.onnx",
  "compile open.onnx -o whole.onnx --size 24",
  "compile bytes.onnx -o whole.onnx",
])("onnx-lrp %s", async (line) => {
  enterFolder();
  save("open.onnx", open());
  save("bytes.onnx", bytes());
  save("fixed.onnx", tiny());
  writePng("wide.png", 20, 10);
  writePng("tall.png", 9, 15);
  writePng("huge.png", 1200, 1000);
  writeArray("array.npy", [1, 3, 11, 7], new Float32Array(231).fill(0.5));
  const result = await run(...words(line));
  expect(result.err).not.toMatch(stack);
  expect(transcript(line, result)).toMatchSnapshot();
});

test("a map has the picture's own size, or the size that was asked for", async () => {
  enterFolder();
  save("open.onnx", open());
  writePng("wide.png", 20, 10);
  for (const [option, sizes] of [
    [[], [10, 20]],
    [
      ["--size", "12x16"],
      [12, 16],
    ],
  ] as const) {
    const { code, out } = await run(
      ...words("explain open.onnx wide.png --npy --json --labels none"),
      ...option,
    );
    expect(code).toBe(0);
    const [input] = JSON.parse(out).inputs;
    expect(readArray(input.explanations[0].npy).shape).toEqual([1, 3, ...sizes]);
  }
});

test("bytes reach the network as they are in the picture", async () => {
  enterFolder();
  save("bytes.onnx", bytes());
  save("floats.onnx", tiny());
  writePng("small.png", 8, 8);
  const maps = [];
  for (const line of [
    "explain bytes.onnx small.png --squash --npy --json",
    "explain floats.onnx small.png --squash --npy --json --preprocess none",
  ]) {
    const { out } = await run(...words(line));
    maps.push(readArray(JSON.parse(out).inputs[0].explanations[0].npy).values);
  }
  expect(maps[0]).toEqual(maps[1]);
});

test.each([
  ["a number that is none", Number.NaN],
  ["a normalized picture", -1.5],
  ["more than a byte", 300],
])("bytes: %s is no picture", async (_, pixel) => {
  enterFolder();
  save("bytes.onnx", bytes());
  writeArray("array.npy", [1, 3, 8, 8], new Float32Array(192).fill(7).fill(pixel, 100));
  const result = await run(...words("explain bytes.onnx array.npy"));
  expect(result.code).toBe(1);
  expect(result.err).toContain(
    `integers from 0 to 255 as pixels, as they are in a picture file; this picture has ${pixel}.`,
  );
});

test.each([
  "explain net.onnx wide.png --preprocess unit",
  "explain net.onnx wide.png --preprocess unit --unknown pass",
  "explain net.onnx wide.png --preprocess unit --unknown gradient",
])("onnx-lrp %s, with an operation that has no rule", async (line) => {
  enterFolder();
  const between = [node("Trilu", ["c"], ["t"]), node("Relu", ["t"], ["r"])];
  save("net.onnx", tiny({ between }));
  writePng("wide.png", 20, 10);
  const result = await run(...words(line));
  expect(transcript(line, result)).toMatchSnapshot();
});

test("a result says which nodes were got over", async () => {
  enterFolder();
  const between = [node("Trilu", ["c"], ["t"]), node("Relu", ["t"], ["r"])];
  save("net.onnx", tiny({ between }));
  writePng("wide.png", 20, 10);
  const line = "explain net.onnx wide.png --preprocess unit --unknown pass --json";
  const { out } = await run(...words(line));
  expect(JSON.parse(out).options.unknown).toEqual({ policy: "pass", nodes: ["Trilu of c"] });
});

test("a flattened network takes only the size that its dense layer has", async () => {
  enterFolder();
  const model = tiny({ inputs: [value("x", ["N", 3, "height", "width"])] });
  const nodes = model.graph.nodes.filter(({ op }) => op !== "GlobalAveragePool");
  const flat = nodes.map((one) => (one.op === "Reshape" ? { ...one, inputs: ["r", "shape"] } : one));
  const pooled = node("AveragePool", ["r"], ["p"], { kernel_shape: ints([8, 8]) });
  const graph = { ...model.graph, nodes: [...flat.slice(0, 2), pooled, ...flat.slice(2)] };
  const wired = graph.nodes.map((one) => (one.op === "Reshape" ? { ...one, inputs: ["p", "shape"] } : one));
  save("net.onnx", { ...model, graph: { ...graph, nodes: wired } });
  writePng("wide.png", 20, 20);
  const line = "explain net.onnx wide.png --preprocess unit";
  const result = await run(...words(line));
  expect(result.code).not.toBe(0);
  expect(result.err).not.toMatch(stack);
  expect(transcript(line, result)).toMatchSnapshot();
});
