import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, onTestFinished, test } from "vitest";
import { floatTensor, readModel, writeModel } from "../src/index.ts";
import { ModelProto } from "./onnx-proto.ts";
import { difference, floats, noise, run, testModels } from "./shared.ts";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The external data entries of each initializer that has some. */
function references(bytes: Uint8Array): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  for (const { name, externalData } of ModelProto.decode(bytes).graph?.initializer ?? [])
    if (externalData?.length)
      found.set(name ?? "", Object.fromEntries(externalData.map(({ key, value }) => [key, value ?? ""])));
  return found;
}

testModels("refers to its own raw weights by place", (bytes) => {
  const model = readModel(bytes);
  const written = writeModel(model, { kind: "reference", location: "net.onnx", source: bytes });
  const found = references(written);
  for (const [name, { storage }] of model.graph.initializers) {
    const large = storage.kind === "raw" && storage.bytes.length >= 1024;
    expect(found.has(name)).toBe(large);
    const place = found.get(name);
    if (storage.kind !== "raw" || place === undefined) continue;
    expect(place.location).toBe("net.onnx");
    const at = Number(place.offset);
    expect(Buffer.from(bytes.buffer, bytes.byteOffset + at, Number(place.length)).equals(storage.bytes)).toBe(
      true,
    );
  }
});

function network() {
  return modelOf({
    nodes: [
      node("MatMul", ["x", "w"], ["m"]),
      node("Add", ["m", "b"], ["a"]),
      node("Neg", ["v"], ["less"]),
      node("MatMul", ["a", "less"], ["y"]),
    ],
    inputs: [value("x", ["N", 64])],
    outputs: [output("y")],
    initializers: [
      floatTensor("w", [64, 16], noise(1024, 1)),
      floatTensor("b", [16], noise(16, 2)),
      floatTensor("v", [16, 32], noise(512, 3)),
    ],
  });
}

test("a model whose weights lie in another file gives the same outputs", async () => {
  const folder = await temporaryFolder();
  const bytes = writeModel(network());
  await writeFile(join(folder, "net.onnx"), bytes);
  const small = writeModel(readModel(bytes), { kind: "reference", location: "net.onnx", source: bytes });
  await writeFile(join(folder, "small.onnx"), small);
  expect(small.length).toBeLessThan(1000);
  expect([...references(small).keys()]).toEqual(["w", "v"]);

  const feeds = { x: floats([3, 64]) };
  const session = await ort.InferenceSession.create(join(folder, "small.onnx"), { logSeverityLevel: 4 });
  const { y } = await session.run(feeds);
  await session.release();
  expect(difference((await run(bytes, feeds)).y, y)).toBe(0);
});

test("weights made in code are embedded, for they lie in no file", () => {
  const bytes = writeModel(network());
  const read = readModel(bytes);
  const added = floatTensor("new", [512], noise(512));
  const model = {
    ...read,
    graph: { ...read.graph, initializers: new Map([...read.graph.initializers, ["new", added]]) },
  };
  const written = writeModel(model, { kind: "reference", location: "net.onnx", source: bytes });
  expect([...references(written).keys()]).toEqual(["w", "v"]);
  expect(readModel(written).graph.initializers.get("new")?.storage).toMatchObject({ kind: "raw" });
});

test("a reference is kept through further round trips, under another name too", () => {
  const bytes = writeModel(network());
  const first = readModel(
    writeModel(readModel(bytes), { kind: "reference", location: "a b/ü.onnx", source: bytes }),
  );
  const weight = first.graph.initializers.get("w");
  expect(weight?.storage).toMatchObject({ kind: "external", location: "a b/ü.onnx", length: 4096 });
  if (weight === undefined) return;
  const renamed = { ...first, graph: { ...first.graph, initializers: new Map([["other", weight]]) } };
  expect(readModel(writeModel(renamed)).graph.initializers.get("other")).toEqual({
    ...weight,
    name: "other",
  });
});

test("a source that is a view into a larger buffer is referred to by places within it", () => {
  const bytes = writeModel(network());
  const larger = new Uint8Array(bytes.length + 100);
  larger.set(bytes, 33);
  const source = larger.subarray(33, 33 + bytes.length);
  const place = references(writeModel(readModel(source), { kind: "reference", location: "n", source })).get(
    "w",
  );
  const at = Number(place?.offset);
  expect(new Float32Array(new Uint8Array(source.slice(at, at + 8)).buffer)).toEqual(
    noise(1024, 1).slice(0, 2),
  );
});
