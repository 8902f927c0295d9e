/** Behaviour that has been wrong once, each case in its smallest form. */
import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import {
  floatValue as float,
  floatTensor,
  inferShapes,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Model,
  raiseOpset,
  readModel,
  type Tensor,
  tensorNumbers,
  tensorValues,
  UserError,
  writeModel,
} from "../src/index.ts";
import { foldAffine, foldConstants } from "../src/internal.ts";
import { ModelProto } from "./onnx-proto.ts";
import { difference, floats, noise, run, runtime } from "./shared.ts";
import { packedInts } from "./wire.ts";

test("integers beyond 2^53 are exact, also where modules are resolved under the condition `import`", () => {
  const values = [2n ** 53n + 1n, -(2n ** 53n) - 1n];
  const model = modelOf({
    nodes: [node("Op", [], ["y"], { list: ints(values) })],
    inputs: [],
    outputs: [output("y")],
  });
  expect(readModel(writeModel(model)).graph.nodes[0]?.attributes.get("list")).toEqual(ints(values));
});

test("the ends of int64 in typed fields are exact, also where modules are resolved under the condition `import`", () => {
  const ends = [2n ** 63n - 1n, -(2n ** 63n)];
  const storage = { kind: "fields", message: packedInts(7, ends) } as const;
  expect([...tensorValues({ name: "w", type: "int64", dims: [2], storage })]).toEqual(ends);
});

test("damage inside a tensor's typed fields is an error for users", () => {
  // Packed int64_data whose last number has no end.
  const message = Uint8Array.of(0x3a, 2, 1, 0xff);
  expect(() =>
    tensorNumbers({ name: "w", type: "int64", dims: [2], storage: { kind: "fields", message } }),
  ).toThrow(UserError);
});

test("four-bit integers are numbers, not packed bytes", () => {
  const tensor: Tensor = {
    name: "w",
    type: "int4",
    dims: [3],
    storage: { kind: "raw", bytes: Uint8Array.of(0xe1, 0x07) },
  };
  expect(tensorNumbers(tensor)).toEqual([1, -2, 7]);
});

test("an attribute that was read is written under the name that it has now", () => {
  const model = modelOf({
    nodes: [node("Op", [], ["y"], { alpha: float(2) })],
    inputs: [],
    outputs: [output("y")],
  });
  const [read] = readModel(writeModel(model)).graph.nodes;
  const alpha = read?.attributes.get("alpha");
  if (read === undefined || alpha === undefined) throw new Error("the attribute is missing");
  const renamed = { ...read, attributes: new Map([["beta", alpha]]) };
  const written = writeModel({ ...model, graph: { ...model.graph, nodes: [renamed] } });
  expect(ModelProto.decode(written).graph?.node?.[0]?.attribute?.[0]).toMatchObject({ name: "beta", f: 2 });
});

/** As files of IR version 3 have it: every initializer is also listed among the inputs. */
function old(model: Model): Model {
  const initializers = [...model.graph.initializers.values()];
  return {
    ...model,
    irVersion: 3,
    graph: {
      ...model.graph,
      valueInfo: initializers.map(({ name, dims, type }) => value(name, dims, type)),
      overridable: new Set(initializers.map(({ name }) => name)),
    },
  };
}

test("an initializer of an old file that is folded away does not come back as an input", async () => {
  const model = old(
    modelOf({
      opset: 11,
      nodes: [node("Reshape", ["w", "to"], ["v"]), node("MatMul", ["x", "v"], ["y"])],
      inputs: [value("x", [1, 2])],
      outputs: [output("y")],
      initializers: [floatTensor("w", [6], noise(6)), int64Tensor("to", [2], [2, 3])],
    }),
  );
  const feeds = { x: floats([1, 2]) };
  const before = await run(model, feeds);
  const after = await foldConstants(model, await inferShapes(model, runtime, { sizes: {} }), runtime);
  expect(difference(before.y, (await run(after.model, feeds)).y)).toBe(0);
});

test("an unused initializer of an old file does not keep shapes from being inferred", async () => {
  const model = old(
    modelOf({
      opset: 11,
      nodes: [node("Relu", ["x"], ["y"])],
      inputs: [value("x", [1, 2])],
      outputs: [output("y")],
      initializers: [floatTensor("unused", [1], [1])],
    }),
  );
  expect((await run(model, { x: floats([1, 2]) })).y?.dims).toEqual([1, 2]);
  expect((await inferShapes(model, runtime, { sizes: {} })).get("y")?.dims).toEqual([1, 2]);
});

test("nodes inside branches are raised too", async () => {
  // PyTorch exports x.squeeze(1) at opset 11 as such an If.
  const branch = graphOf({
    nodes: [node("Squeeze", ["x"], ["squeezed"], { axes: ints([1]) })],
    inputs: [],
    outputs: [output("squeezed")],
  });
  const model = modelOf({
    opset: 11,
    nodes: [
      node("If", ["yes"], ["y"], {
        then_branch: { kind: "graph", value: branch },
        else_branch: { kind: "graph", value: { ...branch, name: "other" } },
      }),
    ],
    inputs: [value("x", [2, 1, 3]), value("yes", [], "bool")],
    outputs: [output("y")],
  });
  const feeds = { x: floats([2, 1, 3]), yes: new ort.Tensor("bool", [true], []) };
  expect(difference((await run(model, feeds)).y, (await run(raiseOpset(model).model, feeds)).y)).toBe(0);
});

test("Hardmax means the same after its opset is raised", async () => {
  const model = modelOf({
    opset: 11,
    nodes: [node("Hardmax", ["x"], ["y"])],
    inputs: [value("x", [2, 3, 4])],
    outputs: [output("y")],
  });
  const feeds = { x: floats([2, 3, 4]) };
  expect(difference((await run(model, feeds)).y, (await run(raiseOpset(model).model, feeds)).y)).toBe(0);
});

test("batch normalization in training mode, which takes the batch's own statistics, is not folded", async () => {
  const four = (name: string, seed: number) => floatTensor(name, [4], noise(4, seed).map(Math.abs));
  const names = ["gamma", "beta", "mean", "variance"];
  const model = modelOf({
    nodes: [
      node("Conv", ["x", "w"], ["c"]),
      node("BatchNormalization", ["c", ...names], ["y", "m", "v"], { training_mode: int(1) }),
    ],
    inputs: [value("x", [2, 3, 5, 5])],
    outputs: [output("y")],
    initializers: [floatTensor("w", [4, 3, 3, 3], noise(108)), ...names.map(four)],
  });
  const { changed } = foldAffine(model, await inferShapes(model, runtime, { sizes: {} }));
  expect(changed).toEqual([]);
});

test("the bytes of a written model are a Uint8Array whose slice is a copy", () => {
  const bytes = writeModel(modelOf({ nodes: [node("Op", [], ["y"])], inputs: [], outputs: [output("y")] }));
  bytes.slice().fill(0);
  expect(bytes.some((byte) => byte !== 0)).toBe(true);
});
