/** Faults that were found by attacking the command, each as a user would meet it. */
import { spawn } from "node:child_process";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { runtime } from "@onnx-lrp/node";
import type { Model, Tensor } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { example, writeArray } from "./arrays.ts";
import { node, save, saveExternal, tiny, value } from "./networks.ts";
import { binary, enterFolder, enterWithNetwork, launch, run, stack, words } from "./shared.ts";

function enterWithTiny(): void {
  enterFolder();
  save("net.onnx", tiny());
  writeArray("x.npy", [1, 3, 8, 8], example());
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
  const { code } = await run(...words("compile snapshot/vgg.onnx -o snapshot/out.onnx --weights reference"));
  if (code === 0)
    await (await runtime.InferenceSession.create("snapshot/out.onnx", { logSeverityLevel: 4 })).release();
  else expect(code).toBe(2);
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

test("Ctrl-C while a file is written ends with 130, a sentence and the JSON document", async () => {
  enterWithNetwork();
  mkdirSync("photos");
  mkdirSync("maps");
  for (let i = 0; i < 20; i += 1) copyFileSync("dotted-disc.png", `photos/p${i}.png`);
  let sent = false;
  const { code, signal, out, err } = await launch(
    ["explain", "vgg.onnx", "photos", "--out", "maps", "--json"],
    {
      started: (child) => {
        const watcher = watch("maps", (_, name) => {
          if (sent || !name?.endsWith(".tmp")) return;
          sent = true;
          child.kill("SIGINT");
        });
        child.on("close", () => watcher.close());
      },
    },
  );
  expect(sent).toBe(true);
  expect({ code, signal }).toEqual({ code: 130, signal: null });
  expect(err).toContain("interrupted");
  expect(JSON.parse(out)).toHaveProperty("inputs");
  expect(readdirSync("maps").filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a reader that closes the pipe early (onnx-lrp inspect ... | head -1) sees no stack trace", async () => {
  enterWithNetwork();
  const child = spawn(process.execPath, [binary, "inspect", "vgg.onnx"]);
  let err = "";
  child.stderr.on("data", (data) => {
    err += String(data);
  });
  child.stdout.destroy();
  await new Promise((resolve) => child.on("close", resolve));
  expect(err).not.toMatch(stack);
});

test.each([
  "explain --target 1 net.onnx x.npy --preprocess unit",
  "explain net.onnx --target 1 x.npy --preprocess unit",
  "explain --target 1 --target top:2 --preprocess unit net.onnx x.npy",
])("onnx-lrp %s (an option before the arguments takes one value)", async (line) => {
  enterWithTiny();
  const { code, err } = await run(...words(line));
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("onnx-lrp explain net.onnx x.npy --low -2.1,-2,-1.8 --high 2,2,2 (the help's own example)", async () => {
  enterWithTiny();
  const { code, out, err } = await run(
    ...words("explain net.onnx x.npy --preprocess unit --low -2.1,-2,-1.8 --high 2,2,2 --json"),
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out)).toMatchObject({ options: { low: [-2.1, -2, -1.8], high: [2, 2, 2] } });
});

test.each([
  "explain net.onnx x.npy --preprocess unit --out a --out b",
  "explain net.onnx x.npy --preprocess unit --preprocess tf",
  "explain net.onnx x.npy --preprocess unit --low 0 --low 1",
  "explain net.onnx x.npy --preprocess unit --labels none --labels imagenet",
  "explain net.onnx x.npy --preprocess unit --provider cpu --provider cpu",
  "compile net.onnx --preprocess unit -o a.onnx -o b.onnx",
  "inspect net.onnx --preprocess unit --conservation x.npy --conservation x.npy",
])("onnx-lrp %s (an option given twice is taken once or is wrong usage)", async (line) => {
  enterWithTiny();
  const { code, err } = await run(...words(line));
  expect(err).not.toContain("an error in onnx-lrp itself");
  expect([0, 2]).toContain(code);
});

test.each(["abc", "-1", "1.5", "99999999999"])("--threads %s is wrong usage", async (threads) => {
  enterWithTiny();
  const { code, err } = await run(...words(`explain net.onnx x.npy --preprocess unit --threads ${threads}`));
  expect(code).toBe(2);
  expect(err).toContain("--threads");
});

test.each(["0,0,", ",", ""])('--low "%s" is wrong usage, not zeros', async (low) => {
  enterWithTiny();
  const { code } = await run(
    "explain",
    "net.onnx",
    "x.npy",
    "--preprocess",
    "unit",
    "--low",
    low,
    "--high",
    "1",
  );
  expect(code).toBe(2);
});

test("an empty name among the providers is wrong usage, not a line of onnxruntime's", async () => {
  enterWithTiny();
  const { code, err } = await launch([
    "explain",
    "net.onnx",
    "x.npy",
    "--preprocess",
    "unit",
    "--provider",
    "cpu,",
  ]);
  expect(code).toBe(2);
  expect(err).toMatch(/^onnx-lrp: .*--provider/);
});

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
  expect({ code, err }).toEqual({ code: 0, err: "" });
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
  ["an offset that is no whole number", { offset: 1.5, length: 100 }],
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
    expect({ code, err }).toEqual({ code: 0, err: "" });
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

test("a weight with fewer bytes than its shape says is damage, told without onnxruntime's own words", async () => {
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
  expect(code).toBe(4);
  expect(err).toMatch(/"other"/);
  expect(err).not.toContain("feeds");
});

test("a half-precision network gets a sentence", async () => {
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
  expect(code === 0 || code === 4).toBe(true);
  expect(err).not.toContain("Type Error");
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

test("a name that is too long for the file system is told like any other missing picture", async () => {
  enterWithTiny();
  const { code, err } = await run("explain", "net.onnx", `${"n".repeat(5000)}.png`, "--preprocess", "unit");
  expect(code).toBe(1);
  expect(err).not.toContain("an error in onnx-lrp itself");
});

test("scores that are not finite are told with the input's name", async () => {
  enterWithTiny();
  writeArray("bad.npy", [1, 3, 8, 8], example().fill(Number.NaN));
  const { code, err } = await run(...words("explain net.onnx x.npy bad.npy --preprocess unit"));
  expect(code).toBe(5);
  expect(err).toContain("bad.npy");
});

test("the command speaks one language, whatever the system's is", async () => {
  const german = { LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" };
  const [here, there] = await Promise.all([launch(["explain"]), launch(["explain"], { env: german })]);
  expect(there.err).toBe(here.err);
  expect(here.err).toContain("Not enough");
});

test("a preprocessing inside the model that cannot be read is the model's fault", async () => {
  enterFolder();
  writeArray("x.npy", [1, 3, 8, 8], example());
  save("net.onnx", tiny({ metadata: { "onnx-lrp.preprocess": '{"scale": 0}' } }));
  expect((await run(...words("explain net.onnx x.npy"))).code).toBe(3);
});
