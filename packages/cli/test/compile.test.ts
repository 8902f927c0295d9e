import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { runtime } from "@onnx-lrp/node/internal";
import { readModel } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { example, readArray, writeArray } from "./arrays.ts";
import { save, saveExternal, tiny } from "./networks.ts";
import { enterFolder, enterWithNetwork, run, transcript, words } from "./shared.ts";

/** Largest difference over the largest number of the reference. */
function relative(found: Float32Array, reference: Float32Array): number {
  expect(found.length).toBe(reference.length);
  const largest = reference.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  expect(largest).toBeGreaterThan(0);
  return (
    found.reduce((most, x, i) => Math.max(most, Math.abs(x - (reference[i] ?? Number.NaN))), 0) / largest
  );
}

const shape = [1, 3, 128, 128];
const tensor = () => Float32Array.from({ length: 3 * 128 * 128 }, (_, i) => Math.sin(i / 300) * 1.5);

/** Relevance by `explain`, of the classes 1 and 8. */
async function explained(options: string): Promise<Float32Array> {
  writeArray("x.npy", shape, tensor());
  const { code } = await run(
    ...words(`explain vgg.onnx x.npy --npy --labels none --target 1 --target 8 ${options}`),
  );
  expect(code).toBe(0);
  const names = readdirSync("explanations")
    .filter((name) => name.endsWith(".npy"))
    .sort();
  expect(names.map((name) => name.split(".")[2])).toEqual(["1", "8"]);
  const maps = names.map((name) => readArray(`explanations/${name}`).values);
  return Float32Array.from(maps.flatMap((map) => [...map]));
}

/** Relevance by the written file, as a stranger would run it. */
async function compiled(path: string): Promise<Float32Array> {
  const session = await runtime.InferenceSession.create(path, { logSeverityLevel: 4 });
  const { relevance } = await session.run({
    image: new runtime.Tensor("float32", tensor(), shape),
    targets: new runtime.Tensor("int64", BigInt64Array.of(1n, 8n), [1, 2]),
  });
  await session.release();
  expect(relevance?.dims).toEqual([1, 2, 3, 128, 128]);
  return relevance?.data as Float32Array;
}

test.each([
  ["embed", ""],
  ["embed", "--method lrp --composite epsilon-plus --epsilon 0.01"],
  ["reference", "--method clrp"],
  ["reference", "--method input-x-gradient"],
])("onnx-lrp compile vgg.onnx -o out.onnx --weights %s %s", async (weights, options) => {
  enterWithNetwork();
  const line = `compile vgg.onnx -o out.onnx --weights ${weights} ${options}`.trim();
  const result = await run(...words(line));
  expect(result.code).toBe(0);
  expect(transcript(line, result)).toMatchSnapshot();
  if (weights === "reference") expect(statSync("out.onnx").size).toBeLessThan(statSync("vgg.onnx").size / 4);
  expect(relative(await compiled("out.onnx"), await explained(options))).toBeLessThan(1e-5);
});

test("the written file says how it was made", async () => {
  enterWithNetwork();
  await run(
    ...words("compile vgg.onnx -o out.onnx --method lrp --composite epsilon --epsilon 0.5 --low -3 --high 3"),
  );
  const { metadata } = readModel(readFileSync("out.onnx"));
  const { metadata: source } = readModel(readFileSync("vgg.onnx"));
  expect(metadata).toMatchObject({
    ...source,
    "onnx-lrp.method": "lrp",
    "onnx-lrp.composite": "epsilon",
    "onnx-lrp.version": expect.stringMatching(/^\d+\.\d+\.\d+$/),
    "onnx-lrp.source-sha256": createHash("sha256").update(readFileSync("vgg.onnx")).digest("hex"),
  });
  expect(JSON.parse(metadata["onnx-lrp.options"] ?? "")).toEqual({
    epsilon: 0.5,
    gamma: 0.25,
    bias: "none",
    low: [-3, -3, -3],
    high: [3, 3, 3],
  });
  expect(JSON.parse(metadata["onnx-lrp.names"] ?? "")).toMatchObject({
    relevance: "relevance",
    targets: "targets",
  });
});

test("a file that refers to its weights runs only beside them, and a whole one anywhere", async () => {
  enterWithNetwork();
  await run(...words("compile vgg.onnx -o whole.onnx"));
  await run(...words("compile vgg.onnx -o small.onnx --weights reference"));
  renameSync("vgg.onnx", "gone.onnx");
  await expect(runtime.InferenceSession.create("small.onnx", { logSeverityLevel: 4 })).rejects.toThrow(
    /vgg\.onnx/,
  );
  expect((await compiled("whole.onnx")).length).toBe(2 * 3 * 128 * 128);
});

test("a network in a folder below can be referred to", async () => {
  enterWithNetwork();
  mkdirSync("nets");
  renameSync("vgg.onnx", "nets/vgg.onnx");
  const { code } = await run(...words("compile nets/vgg.onnx -o out.onnx --weights reference"));
  expect(code).toBe(0);
  expect((await compiled("out.onnx")).length).toBe(2 * 3 * 128 * 128);
});

test.each([
  "compile vgg.onnx -o below/out.onnx --weights reference",
  "compile vgg.onnx -o ../other/out.onnx --weights reference",
])("onnx-lrp %s (the network lies elsewhere)", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(result.code).toBe(2);
  expect(transcript(line, result)).toMatchSnapshot();
  expect(readdirSync(".")).toEqual(["dotted-disc.png", "striped-star.png", "vgg.onnx"]);
});

test.each(["embed", "reference"])(
  "a network with data in files of its own is compiled with --weights %s",
  async (weights) => {
    enterFolder();
    mkdirSync("net");
    mkdirSync("net/data");
    const bytes = saveExternal("net/net.onnx", tiny(), "w", { location: "data/w.bin" });
    writeFileSync("net/data/w.bin", bytes);
    save("inside.onnx", tiny());
    for (const [source, out] of [
      ["net/net.onnx", "out.onnx"],
      ["inside.onnx", "same.onnx"],
    ] as const)
      expect(
        (await run(...words(`compile ${source} -o ${out} --weights ${weights} --preprocess unit`))).code,
      ).toBe(0);
    if (weights === "embed") renameSync("net", "gone");
    const maps = [];
    for (const path of ["out.onnx", "same.onnx"]) {
      const session = await runtime.InferenceSession.create(path, { logSeverityLevel: 4 });
      const { relevance } = await session.run({
        x: new runtime.Tensor("float32", example(), [1, 3, 8, 8]),
        targets: new runtime.Tensor("int64", BigInt64Array.of(-1n), [1, 1]),
      });
      await session.release();
      maps.push(relevance?.data as Float32Array);
    }
    const [found = new Float32Array(), reference = new Float32Array()] = maps;
    expect(relative(found, reference)).toBeLessThan(1e-6);
  },
);

// Whose onnxruntime in Python to compare with.
const python = process.env.ONNX_LRP_PYTHON ?? "python3";
const execute = promisify(execFile);
const importable = await execute(python, ["-c", "import numpy, onnxruntime"]).then(
  () => true,
  () => false,
);

const script = `
import numpy, onnxruntime
onnxruntime.set_default_logger_severity(4)
session = onnxruntime.InferenceSession("out.onnx", providers=["CPUExecutionProvider"])
feeds = {"image": numpy.load("x.npy"), "targets": numpy.array([[1, 8]], numpy.int64)}
relevance, = session.run(["relevance"], feeds)
numpy.save("python.npy", relevance)
`;

const title = "Python's onnxruntime gives the same relevance as explain";
const hint = "set ONNX_LRP_PYTHON to a Python that has onnxruntime";
test.skipIf(!importable)(importable ? title : `${title} (skipped: ${hint})`, async () => {
  enterWithNetwork();
  const reference = await explained("");
  for (const weights of ["embed", "reference"]) {
    await run(...words(`compile vgg.onnx -o out.onnx --weights ${weights}`));
    await execute(python, ["-c", script]);
    expect(relative(readArray("python.npy").values, reference)).toBeLessThan(1e-5);
  }
});
