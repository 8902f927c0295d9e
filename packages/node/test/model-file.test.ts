import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  floatTensor,
  type Graph,
  type Model,
  type Tensor,
  tensorNumbers,
  writeModel,
} from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { readModelFile, withWeightsElsewhere, withWeightsInside } from "../src/model-file.ts";
import { temporaryFolder } from "./shared.ts";

const vgg = fileURLToPath(new URL("../../../models/networks/vgg.onnx", import.meta.url));

function graphOf(parts: Partial<Graph>): Graph {
  return {
    name: "g",
    nodes: [],
    initializers: new Map(),
    inputs: [],
    outputs: [{ name: "y", type: undefined }],
    valueInfo: [],
    overridable: new Set(),
    carried: [],
    ...parts,
  };
}

function modelOf(parts: Partial<Graph>): Model {
  return {
    irVersion: 8,
    opsets: { "": 17 },
    producer: "",
    producerVersion: "",
    metadata: {},
    functions: [],
    carried: [],
    graph: graphOf(parts),
  };
}

/** More bytes than are read at once. */
const large = 80_000;

function outside(location: string, offset = 0, length = 8): Tensor {
  const storage = { kind: "external", location, offset, length } as const;
  return { name: "w", type: "float32", dims: [length / 4], storage };
}

const asInitializer = (tensor: Tensor): Partial<Graph> => ({
  initializers: new Map([[tensor.name, tensor]]),
  outputs: [{ name: tensor.name, type: undefined }],
});

const asConstant = (tensor: Tensor): Partial<Graph> => ({
  nodes: [
    {
      op: "Constant",
      domain: "",
      name: "",
      inputs: [],
      outputs: ["y"],
      attributes: new Map([["value", { kind: "tensor", value: tensor }]]),
    },
  ],
});

const inBranch = (parts: Partial<Graph>): Partial<Graph> => ({
  nodes: [
    {
      op: "If",
      domain: "",
      name: "",
      inputs: ["yes"],
      outputs: ["y"],
      attributes: new Map([["then_branch", { kind: "graph", value: graphOf(parts) }]]),
    },
  ],
});

async function saved(parts: Partial<Graph>): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, "net.onnx");
  writeFileSync(path, writeModel(modelOf(parts)));
  return { folder, path };
}

test("a file is read with its place and size", () => {
  const file = readModelFile(vgg);
  const size = readFileSync(vgg).length;
  expect(file).toMatchObject({ path: vgg, folder: join(vgg, ".."), real: vgg, size, bytesBeside: 0 });
  expect(file.model.source).toBe(file.read.bytes);
});

test.each([
  ["an initializer", asInitializer],
  ["a Constant node", asConstant],
  ["an initializer in a branch", (tensor: Tensor) => inBranch(asInitializer(tensor))],
  ["a Constant node in a branch of a branch", (tensor: Tensor) => inBranch(inBranch(asConstant(tensor)))],
])("%s whose data lies outside the folder is refused", async (_, place) => {
  for (const [location, message] of [
    ["../w.bin", /leads out of the model's folder/],
    ["/w.bin", /not a path beside the model/],
    ["link.bin", /leads out of the model's folder/],
  ] as const) {
    const { folder, path } = await saved(place(outside(location)));
    const elsewhere = await temporaryFolder();
    writeFileSync(join(elsewhere, "w.bin"), new Uint8Array(8));
    writeFileSync(join(folder, "..", "w.bin"), new Uint8Array(8));
    symlinkSync(join(elsewhere, "w.bin"), join(folder, "link.bin"));
    expect(() => readModelFile(path)).toThrow(
      expect.objectContaining({ kind: "model", message: expect.stringMatching(message) }),
    );
  }
});

test("a folder that is itself reached by a link is no way out", async () => {
  const { folder } = await saved(asInitializer(outside("w.bin")));
  writeFileSync(join(folder, "w.bin"), new Uint8Array(8));
  const other = await temporaryFolder();
  symlinkSync(folder, join(other, "nets"));
  expect(readModelFile(join(other, "nets", "net.onnx")).model.graph.initializers.size).toBe(1);
});

test("names that only begin like the way up are files like others", async () => {
  const { folder, path } = await saved(asInitializer(outside("..w.bin")));
  writeFileSync(join(folder, "..w.bin"), new Uint8Array(8));
  expect(readModelFile(path).model.graph.initializers.has("w")).toBe(true);
});

test("a file beyond protobuf's limit is refused before it is read", async () => {
  const path = join(await temporaryFolder(), "huge.onnx");
  const file = openSync(path, "w");
  ftruncateSync(file, 2 ** 31 + 5);
  closeSync(file);
  expect(() => readModelFile(path)).toThrow(
    /has 2\.0 GiB, and an ONNX file can have no more than 2\. Save the model with/,
  );
});

test("weights in other files are brought inside as they are there", async () => {
  const { folder, path } = await saved({
    initializers: new Map([
      ["w", outside("data.bin", 4)],
      ["near", floatTensor("near", [1], [7])],
    ]),
  });
  writeFileSync(join(folder, "data.bin"), Buffer.from(Float32Array.of(9, 1.5, -2, 9).buffer));
  const file = readModelFile(path);
  const { initializers } = withWeightsInside(file.model, file).graph;
  expect(initializers.get("near")).toBe(file.model.graph.initializers.get("near"));
  const { storage } = initializers.get("w") ?? {};
  expect(storage?.kind).toBe("raw");
  expect(storage?.kind === "raw" && new Float32Array(new Uint8Array(storage.bytes).buffer)).toEqual(
    Float32Array.of(1.5, -2),
  );
});

test("weights in other files are named from where the model goes", async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "a", "b"), { recursive: true });
  const path = join(folder, "a", "b", "net.onnx");
  writeFileSync(path, writeModel(modelOf(asInitializer(outside("data/w.bin", 0, large)))));
  mkdirSync(join(folder, "a", "b", "data"));
  writeFileSync(join(folder, "a", "b", "data", "w.bin"), new Uint8Array(large));
  const file = readModelFile(path);
  const same = withWeightsElsewhere(file.model, file, join(folder, "a", "b"));
  expect(same.graph.initializers.get("w")).toBe(file.model.graph.initializers.get("w"));
  const moved = withWeightsElsewhere(file.model, file, folder).graph.initializers.get("w");
  expect(moved?.storage).toMatchObject({ location: "a/b/data/w.bin", offset: 0, length: large });
});

/** As Hugging Face's cache has it: the model and its data are links into a folder of blobs. */
async function cached(
  location = "net.onnx_data",
): Promise<{ snapshot: string; blobs: string; path: string }> {
  const folder = await temporaryFolder();
  const [snapshot, blobs] = [join(folder, "snapshots", "r", "onnx"), join(folder, "blobs")];
  for (const one of [snapshot, blobs]) mkdirSync(one, { recursive: true });
  writeFileSync(join(blobs, "aaa"), writeModel(modelOf(asInitializer(outside(location)))));
  writeFileSync(join(blobs, "bbb"), new Uint8Array(Float32Array.of(3, 4).buffer));
  symlinkSync(join(blobs, "aaa"), join(snapshot, "net.onnx"));
  return { snapshot, blobs, path: join(snapshot, "net.onnx") };
}

test("data behind a link is read if it lies beside the file behind the model's own link", async () => {
  const { snapshot, blobs, path } = await cached();
  symlinkSync("../../../blobs/bbb", join(snapshot, "net.onnx_data"));
  const file = readModelFile(path);
  const tensor = file.model.graph.initializers.get("w");
  expect(tensor && tensorNumbers(tensor)).toEqual([3, 4]);
  expect(file).toMatchObject({ path, folder: blobs, own: "aaa" });
});

test("data beside the real file needs no link of its own", async () => {
  const { blobs, path } = await cached("data/w.bin");
  mkdirSync(join(blobs, "data"));
  writeFileSync(join(blobs, "data", "w.bin"), new Uint8Array(8));
  expect(readModelFile(path).folder).toBe(blobs);
});

test("any other way out of a linked model's folder is refused", async () => {
  const elsewhere = join(await temporaryFolder(), "w.bin");
  writeFileSync(elsewhere, new Uint8Array(8));
  for (const [location, target] of [
    ["net.onnx_data", elsewhere],
    ["../../../blobs/bbb", undefined],
    ["data/w.bin", elsewhere],
  ] as const) {
    const { snapshot, path } = await cached(location);
    if (target !== undefined) {
      mkdirSync(join(snapshot, "data"));
      symlinkSync(target, join(snapshot, location));
    }
    expect(() => readModelFile(path), location).toThrow(/leads out of the model's folder/);
  }
});
