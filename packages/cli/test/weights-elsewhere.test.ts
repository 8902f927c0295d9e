/** Weights that lie in other files, and models behind links. */
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { runtime } from "@onnx-lrp/node/internal";
import type { Model, Tensor } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { example, writeArray } from "./arrays.ts";
import { node, save, saveExternal, tiny } from "./networks.ts";
import { enterFolder, enterWithNetwork, readAsLogits, run, words } from "./shared.ts";

/** Every number of the model in one file beside it, as onnx.save_model with size_threshold=0 leaves it. */
function saveAllOutside(model: Model): void {
  let offset = 0;
  const parts: Uint8Array[] = [];
  const outside = (tensor: Tensor): Tensor => {
    if (tensor.storage.kind !== "raw") return tensor;
    const { bytes } = tensor.storage;
    const storage = { kind: "external", location: "all.bin", offset, length: bytes.length } as const;
    offset += bytes.length;
    parts.push(bytes);
    return { ...tensor, storage };
  };
  const initializers = new Map(
    [...model.graph.initializers].map(([name, tensor]) => [name, outside(tensor)]),
  );
  save("net.onnx", { ...model, graph: { ...model.graph, initializers } });
  writeFileSync("all.bin", Buffer.concat(parts));
}

test("a network behind a symbolic link, as in Hugging Face's cache, is explained", async () => {
  enterWithNetwork();
  mkdirSync("blobs");
  mkdirSync("snapshot");
  renameSync("vgg.onnx", "blobs/5f3a");
  symlinkSync("../blobs/5f3a", "snapshot/vgg.onnx");
  const { code, err } = await run(...words("explain snapshot/vgg.onnx dotted-disc.png"));
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("no file is written that refers to weights through a symbolic link out of its folder", async () => {
  enterWithNetwork();
  mkdirSync("blobs");
  mkdirSync("snapshot");
  renameSync("vgg.onnx", "blobs/5f3a");
  symlinkSync("../blobs/5f3a", "snapshot/vgg.onnx");
  const { code, err } = await run(
    ...words("compile snapshot/vgg.onnx -o snapshot/out.onnx --weights reference"),
  );
  expect(code).toBe(2);
  expect(err).toMatch(
    /^onnx-lrp: "snapshot\/out\.onnx" cannot refer to the weights in "snapshot\/vgg\.onnx"/,
  );
  expect(readdirSync("snapshot")).toEqual(["vgg.onnx"]);
});

test.each(["vgg.onnx", "./vgg.onnx", "linked.onnx", "hard.onnx"])(
  "compile vgg.onnx -o %s does not destroy the network",
  async (out) => {
    enterWithNetwork();
    symlinkSync("vgg.onnx", "linked.onnx");
    linkSync("vgg.onnx", "hard.onnx");
    const before = readFileSync("vgg.onnx");
    for (const weights of ["embed", "reference"]) {
      const { code, err } = await run(...words(`compile vgg.onnx -o ${out} --weights ${weights}`));
      expect(readFileSync("vgg.onnx").equals(before)).toBe(true);
      // Another name of the same bytes may be replaced; the network's own may not.
      if (out !== "hard.onnx")
        expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(out) });
    }
  },
);

test.each<[string, Model]>([
  ["all of it", tiny()],
  [
    "and nodes that compute with small ones",
    tiny({ before: [node("Neg", ["b"], ["less"])], between: [node("Relu", ["c"], ["r"])] }),
  ],
])("a network with its small constants in another file too (%s) is explained", async (_, model) => {
  enterFolder();
  const used = model.graph.nodes.map((one) =>
    one.op === "Gemm" && model.graph.nodes[0]?.op === "Neg" ? { ...one, inputs: ["f", "v", "less"] } : one,
  );
  saveAllOutside({ ...model, graph: { ...model.graph, nodes: used } });
  writeArray("x.npy", [1, 3, 8, 8], example());
  const { code, err } = await run(...words("explain net.onnx x.npy --preprocess unit"));
  expect({ code, err }).toEqual({ code: 0, err: readAsLogits });
});

test.each(["embed", "reference"])(
  "external data of Constant nodes follows the compiled file (--weights %s)",
  async (weights) => {
    enterFolder();
    mkdirSync("net");
    const bytes = saveExternal("net/plain.onnx", tiny(), "w", { location: "w.bin" });
    writeFileSync("net/w.bin", bytes);
    const model = tiny();
    const weight = model.graph.initializers.get("w");
    if (weight === undefined) throw new Error("the weight is missing");
    const tensor = {
      ...weight,
      storage: { kind: "external", location: "w.bin", offset: 0, length: bytes.length },
    } as const;
    const constant = node("Constant", [], ["w"], { value: { kind: "tensor", value: tensor } });
    const initializers = new Map([...model.graph.initializers].filter(([name]) => name !== "w"));
    const graph = { ...model.graph, initializers, nodes: [constant, ...model.graph.nodes] };
    save("net/net.onnx", { ...model, graph });
    const { code } = await run(
      ...words(`compile net/net.onnx -o out.onnx --preprocess unit --weights ${weights}`),
    );
    expect(code).toBe(0);
    await (await runtime.InferenceSession.create("out.onnx", { logSeverityLevel: 4 })).release();
  },
);

test.each([
  ["an offset that is no number", { offset: Number.NaN }],
  ["an offset that is no integer", { offset: 1.5, length: 100 }],
  ["fewer bytes than the tensor's shape says", { length: 100 }],
  ["more bytes than the tensor's shape says", { length: 500 }],
])("external data with %s is the model's fault, at explain and at compile", async (_, place) => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  saveExternal("net.onnx", tiny(), "w", { location: "w.bin", ...place });
  writeFileSync("w.bin", new Uint8Array(2000));
  for (const line of ["explain net.onnx x.npy", "compile net.onnx -o out.onnx"]) {
    const { code, err } = await run(...words(`${line} --preprocess unit`));
    expect(err).toContain('"w"');
    expect(code).toBe(3);
  }
});

test("external data without a length is as long as its tensor, whatever follows it in the file", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  const bytes = saveExternal("net.onnx", tiny(), "w", { location: "w.bin", length: -1 });
  expect(readFileSync("net.onnx").includes("length")).toBe(false);
  writeFileSync("w.bin", Buffer.concat([bytes, Buffer.alloc(500)]));
  for (const line of ["explain net.onnx x.npy", "compile net.onnx -o out.onnx"]) {
    const { code, err } = await run(...words(`${line} --preprocess unit`));
    expect({ code, err }).toEqual({ code: 0, err: line.startsWith("explain") ? readAsLogits : "" });
  }
  await (await runtime.InferenceSession.create("out.onnx", { logSeverityLevel: 4 })).release();
});

test("external data that is a folder is the model's fault", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  mkdirSync("w.bin");
  saveExternal("net.onnx", tiny(), "w", { location: "w.bin", offset: 0, length: 0 });
  for (const line of ["explain net.onnx x.npy", "compile net.onnx -o out.onnx"])
    expect((await run(...words(`${line} --preprocess unit`))).code).toBe(3);
});

test("whether a file outside the model's folder is there cannot be learnt from a model", async () => {
  enterFolder();
  mkdirSync("in");
  writeArray("x.npy", [1, 3, 8, 8], example());
  const errors = [];
  for (const location of ["../there.bin", "../gone.bin"]) {
    const bytes = saveExternal("in/net.onnx", tiny(), "w", { location });
    writeFileSync("there.bin", bytes);
    errors.push(
      (await run(...words("explain in/net.onnx x.npy --preprocess unit"))).err.replace(location, "PLACE"),
    );
  }
  expect(errors[1]).toBe(errors[0]);
});

test("a weight with fewer bytes than its shape says is damage, reported without onnxruntime's own words", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  const model = tiny();
  const weight = model.graph.initializers.get("w");
  if (weight?.storage.kind !== "raw") throw new Error("the weight is missing");
  const cut = { ...weight, storage: { kind: "raw", bytes: weight.storage.bytes.subarray(4) } } as const;
  const graph = { ...model.graph, initializers: new Map([...model.graph.initializers, ["w", cut]]) };
  save("net.onnx", { ...model, graph });
  for (const line of ["explain net.onnx x.npy", "compile net.onnx -o out.onnx"]) {
    const { code, err } = await run(...words(`${line} --preprocess unit`));
    expect(code).toBe(3);
    expect(err).toMatch(/"w".* 432 bytes/);
    expect(err).not.toMatch(/\.cc:|\[ONNXRuntimeError\]/);
  }
});
