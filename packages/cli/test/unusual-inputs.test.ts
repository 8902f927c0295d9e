/** Inputs and networks out of the ordinary end with a map or a sentence. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { floatTensor, int64Tensor, type Model, type Tensor } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { zipAll } from "../../node/test/zip.ts";
import { example, writeArray } from "./arrays.ts";
import { enterWithTiny, node, save, tiny, value } from "./networks.ts";
import { enterFolder, readAsLogits, run, words } from "./shared.ts";

test("--input for one of two pictures says that the other has no value", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  const inputs = [value("x", ["N", 3, 8, 8]), value("other", ["N", 3, 8, 8])];
  save(
    "net.onnx",
    tiny({
      inputs,
      between: [
        node("Relu", ["c"], ["d"]),
        node("ReduceMean", ["other"], ["m"]),
        node("Add", ["d", "m"], ["r"]),
      ],
    }),
  );
  const { code, err } = await run(...words("explain net.onnx x.npy --preprocess unit --input x"));
  expect(code).toBe(2);
  expect(err).toMatch(/takes "other" \(float32, N x 3 x 8 x 8\), for which there is no value/);
  expect(err).toContain("--feed 'other=");
  expect(err).not.toContain("feeds");
});

/** A network whose last layer sees a second input beside the picture. */
function withAge(): Model {
  const tail = [
    node("Relu", ["c"], ["d"]),
    node("GlobalAveragePool", ["d"], ["e"]),
    node("Flatten", ["e"], ["h"]),
    node("Concat", ["h", "age"], ["k"], { axis: 1 }),
    node("Unsqueeze", ["k", "places"], ["m"]),
    node("Conv", ["m", "mix"], ["r"]),
  ];
  const inputs = [value("x", ["N", 3, 8, 8]), value("age", ["N", 1])];
  const initializers = [
    int64Tensor("places", [2], [2, 3]),
    floatTensor(
      "mix",
      [4, 5, 1, 1],
      Array.from({ length: 20 }, (_, i) => Math.sin(i + 1)),
    ),
  ];
  return tiny({ inputs, between: tail, initializers });
}

test("what relevance goes to an input that is fed is said beside the map's sum", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  save("net.onnx", withAge());
  const line =
    "explain net.onnx x.npy --preprocess unit --input x --feed age=2 --method lrp --composite zplus";
  const { code, out } = await run(...words(`${line} --target 1`));
  expect(code).toBe(0);
  const [, other, map] = /^ {2}relevance {2}age (\S+), the map (\S+)$/m.exec(out) ?? [];
  const { out: json } = await run(...words(`${line} --target 1 --json`));
  const [explanation] = JSON.parse(json).inputs[0].explanations;
  expect(explanation.otherInputs).toEqual([{ inputs: ["age"], relevance: expect.any(Number) }]);
  const [{ relevance }] = explanation.otherInputs;
  expect(Math.abs(relevance)).toBeGreaterThan(1e-3);
  expect(Number(other)).toBeCloseTo(relevance, 2);
  expect(Number(map)).toBeCloseTo(explanation.sum, 2);
});

test("an archive of arrays has values for all inputs by their names", async () => {
  enterFolder();
  save("net.onnx", withAge());
  writeArray("x.npy", [1, 3, 8, 8], example());
  const archive = (path: string, age: number, count = 1) => {
    writeArray("images.npy", [count, 3, 8, 8], example(192 * count));
    writeArray("age.npy", [count, 1], new Float32Array(count).fill(age));
    const files = { "x.npy": readFileSync("images.npy"), "age.npy": readFileSync("age.npy") };
    writeFileSync(path, zipAll(files));
  };
  archive("young.npz", 0.5);
  archive("old.npz", 2);
  archive("many.npz", 2, 3);
  const line = "--preprocess unit --input x --method lrp --target 1 --json";
  const explained = async (files: string) => {
    const { code, out, err } = await run(...words(`explain net.onnx ${files} ${line}`));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return JSON.parse(out).inputs.map((input: { explanations: { sum: number; otherInputs: object }[] }) => {
      const [{ sum, otherInputs } = { sum: Number.NaN, otherInputs: {} }] = input.explanations;
      return { sum, otherInputs };
    });
  };
  const [young, old, again] = await explained("young.npz old.npz young.npz");
  expect([old]).toEqual(await explained("x.npy --feed age=2"));
  expect(again).toEqual(young);
  expect(young).not.toEqual(old);
  // An option has the last word.
  expect(await explained("old.npz --feed age=0.5")).toEqual([young]);

  const many = await run(...words(`explain net.onnx many.npz ${line}`));
  expect(many.code).toBe(1);
  expect(many.err).toMatch(/"many\.npz" holds 3 values of the input "age".*one file for each input/);
});

test("a half-precision network is explained", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  const model = tiny();
  const half = (tensor: Tensor): Tensor => {
    if (tensor.type !== "float32" || tensor.storage.kind !== "raw") return tensor;
    const ones = Uint16Array.from({ length: tensor.storage.bytes.length / 4 }, () => 0x3800);
    return { ...tensor, type: "float16", storage: { kind: "raw", bytes: new Uint8Array(ones.buffer) } };
  };
  const typed = (name: string, dims: (string | number)[]) =>
    ({ name, type: { type: "float16", dims } }) as const;
  save("net.onnx", {
    ...model,
    graph: {
      ...model.graph,
      inputs: [typed("x", ["N", 3, 8, 8])],
      outputs: [typed("y", ["N", 5])],
      initializers: new Map([...model.graph.initializers].map(([name, tensor]) => [name, half(tensor)])),
    },
  });
  const { code, err } = await run(...words("explain net.onnx x.npy --preprocess unit"));
  expect({ code, err }).toEqual({ code: 0, err: readAsLogits });
});

test("an operation of another domain is named with its node and what to do", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  const model = tiny({
    between: [{ ...node("Shuffle", ["c"], ["r"]), domain: "com.example", name: "my node" }],
  });
  save("net.onnx", { ...model, opsets: { ...model.opsets, "com.example": 1 } });
  const { code, err } = await run(...words("explain net.onnx x.npy --preprocess unit"));
  expect(code).toBe(4);
  expect(err).toMatch(/Shuffle/);
  expect(err).toMatch(/"my node"/);
  expect(err).toMatch(/To fix this: /);
});

test.each([
  ["an empty folder", () => mkdirSync("bad")],
  ["a link to itself", () => symlinkSync("bad", "bad")],
])("%s among the inputs does not keep the others from being explained", async (_, prepare) => {
  enterWithTiny();
  prepare();
  const { code, out, err } = await run(...words("explain net.onnx bad x.npy --preprocess unit"));
  expect(code).toBe(1);
  expect(err).toContain('"bad"');
  expect(out).toContain("x.npy");
});

test("a name that is too long for the file system is reported like any other missing picture", async () => {
  enterWithTiny();
  const { code, err } = await run("explain", "net.onnx", `${"n".repeat(5000)}.png`, "--preprocess", "unit");
  expect(code).toBe(1);
  expect(err).not.toContain("an error in onnx-lrp itself");
});

test("scores that are not finite are reported with the input's name", async () => {
  enterWithTiny();
  writeArray("bad.npy", [1, 3, 8, 8], example().fill(Number.NaN));
  const { code, err } = await run(...words("explain net.onnx x.npy bad.npy --preprocess unit"));
  expect(code).toBe(5);
  expect(err).toContain("bad.npy");
});

test("a preprocessing inside the model that cannot be read is the model's fault", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  save("net.onnx", tiny({ metadata: { "onnx-lrp.preprocess": '{"scale": 0}' } }));
  expect((await run(...words("explain net.onnx x.npy"))).code).toBe(3);
});
