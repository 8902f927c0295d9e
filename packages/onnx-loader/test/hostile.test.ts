/** Files that are made to do harm: each ends in a sentence, before memory is taken, or in what it stands for. */
import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { afterEach, describe, expect, test } from "vitest";
import {
  type Attribute,
  floatTensor,
  inferShapes,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Model,
  type Node,
  raiseOpset,
  readModel,
  setLimits,
  type Tensor,
  writeModel,
} from "../src/index.ts";
import {
  checkAttributes,
  checkValueSizes,
  decomposeFusedOps,
  dequantize,
  foldConstants,
  guardDivision,
  inlineFunctions,
  runtimeMessage,
  toFloat32,
} from "../src/internal.ts";
import { call, domain, withFunctions } from "./functions.ts";
import { runtime } from "./shared.ts";
import { bytesField, intField, join, packedInts } from "./wire.ts";

/** What every object inherits: names under which a plain object seems to have something. */
const inherited = Object.getOwnPropertyNames(Object.prototype);

const relu = modelOf({
  nodes: [node("Relu", ["x"], ["y"])],
  inputs: [value("x", [1, 3])],
  outputs: [output("y")],
});

describe("dimensions and values in fields", () => {
  const withTensor = (tensor: Uint8Array) =>
    join([
      intField(1, 8),
      bytesField(8, join([bytesField(1, ""), intField(2, 17)])),
      bytesField(7, join([bytesField(5, tensor), bytesField(12, bytesField(1, "t"))])),
    ]);
  const fields = {
    int64_data: { type: 7, field: packedInts(7, [1n, 2n]) },
    int32_data: { type: 6, field: packedInts(5, [1n, 2n]) },
    "int32_data of float16": { type: 10, field: packedInts(5, [1n, 2n]) },
    uint64_data: { type: 13, field: packedInts(11, [1n, 2n]) },
    float_data: { type: 1, field: bytesField(4, new Uint8Array(8)) },
    double_data: { type: 11, field: bytesField(10, new Uint8Array(16)) },
    string_data: { type: 8, field: join([bytesField(6, "a"), bytesField(6, "b")]) },
    "one by one, not packed": { type: 7, field: join([intField(7, 1), intField(7, 2)]) },
  };

  test.each(Object.entries(fields))("%s", (_, { type, field }) => {
    const tensor = (dims: readonly (number | bigint)[]) =>
      withTensor(
        join([...dims.map((dim) => intField(1, dim)), intField(2, type), bytesField(8, "t"), field]),
      );
    expect(readModel(tensor([2])).graph.initializers.get("t")?.dims).toEqual([2]);
    for (const dims of [[2 ** 28], [3], [1], [0], [2 ** 20, 2 ** 20], [2n ** 62n, 4]]) {
      const { kind, message } = userErrorOf(() => readModel(tensor(dims)));
      expect(kind).toBe("model");
      expect(message).toMatch(/The tensor "t" .* must hold \S+ values in \w+ and holds 2/);
    }
  });

  test("strings as bytes with more elements than bytes", () => {
    const tensor = join([intField(1, 2 ** 40), intField(2, 8), bytesField(8, "t"), bytesField(9, "abc")]);
    expect(userErrorOf(() => readModel(withTensor(tensor))).kind).toBe("model");
  });
});

describe("graphs within graphs", () => {
  /** `depth` Ifs, each in the branch of the one before. */
  function nested(depth: number): Model {
    let inner = graphOf({ nodes: [node("Relu", ["x"], ["r"])], inputs: [], outputs: [output("r")] });
    for (let i = 0; i < depth; i += 1) {
      const branch: Attribute = { kind: "graph", value: inner };
      const branches = { then_branch: branch, else_branch: branch };
      const only = { then_branch: branch };
      inner = graphOf({
        nodes: [node("If", ["c"], [`r${i}`], i === 0 ? branches : only)],
        inputs: [],
        outputs: [output(`r${i}`)],
      });
    }
    return { ...relu, graph: { ...relu.graph, nodes: inner.nodes } };
  }

  test.each([65, 300])("%i deep are refused by their depth", (depth) => {
    const { kind, message } = userErrorOf(() => readModel(writeModel(nested(depth))));
    expect(kind).toBe("model");
    expect(message).toContain("more than 64 deep");
  });

  test("20 deep are read", () => {
    expect(readModel(writeModel(nested(20))).graph.nodes).toHaveLength(1);
  });
});

describe("functions", () => {
  /** Each calls the next so many times; the last is a Relu. */
  function chain(length: number, times: number): Model {
    const functions = Array.from({ length }, (_, i) => ({
      name: `f${i}`,
      inputs: ["a"],
      outputs: ["b"],
      nodes: Array.from({ length: times }, (_, k) => {
        const [from, to] = [k === 0 ? "a" : `m${k}`, k === times - 1 ? "b" : `m${k + 1}`];
        return i === length - 1 ? node("Relu", [from], [to]) : call(`f${i + 1}`, [from], [to]);
      }),
    }));
    return withFunctions({ ...relu, graph: { ...relu.graph, nodes: [call("f0", ["x"], ["y"])] } }, functions);
  }

  test("that call each other twice come to too many nodes", () => {
    const { kind, message } = userErrorOf(() => inlineFunctions(chain(40, 2)));
    expect(kind).toBe("model");
    expect(message).toContain("more than 200000 nodes");
  });

  test("that call each other 3,000 deep are refused by their depth", () => {
    const { kind, message } = userErrorOf(() => inlineFunctions(chain(3000, 1)));
    expect(kind).toBe("model");
    expect(message).toContain("more than 64 deep");
  });

  test("30 deep, and 1,024 nodes, are inlined", () => {
    expect(inlineFunctions(chain(30, 1)).model.graph.nodes).toHaveLength(1);
    expect(inlineFunctions(chain(10, 2)).model.graph.nodes).toHaveLength(1024);
  });

  test.each(inherited)("a domain called %s", (name) => {
    const plain = chain(2, 1);
    const model = { ...plain, opsets: { ...plain.opsets, [name]: 3 } };
    const after = inlineFunctions(readModel(writeModel(model))).model;
    expect(Object.entries(after.opsets)).toContainEqual([name, 3]);
    expect(Object.keys(after.opsets)).not.toContain(domain);
  });
});

test.each(inherited)("an operation called %s goes through the passes as it is", (name) => {
  for (const where of ["", "com.microsoft", name]) {
    const strange: Node = { ...node(name, ["x"], ["m"]), domain: where };
    const fused: Node = { ...node("FusedConv", ["m", "w"], ["y"]), domain: "com.microsoft" };
    const model: Model = {
      ...relu,
      opsets: { "": 13, "com.microsoft": 1, [name]: 1 },
      graph: graphOf({
        nodes: [strange, fused],
        inputs: [value("x", [1, name])],
        outputs: [output("y")],
        initializers: [floatTensor("w", [1], [1])],
      }),
    };
    const after = [raiseOpset, decomposeFusedOps, dequantize, toFloat32, guardDivision].reduce(
      (now, pass) => pass(now).model,
      model,
    );
    expect(after.graph.nodes.filter(({ op }) => op === name)).toHaveLength(1);
  }
});

test.each(inherited)("an activation called %s is one that is not known", (name) => {
  const fused: Node = {
    ...node("FusedConv", ["x", "x"], ["y"], { activation: name }),
    domain: "com.microsoft",
  };
  const model = { ...relu, graph: { ...relu.graph, nodes: [fused] } };
  expect(userErrorOf(() => decomposeFusedOps(model)).message).toContain(`the activation ${name}`);
});

test.each(inherited)("a dimension called %s stays open", async (name) => {
  const model = { ...relu, graph: { ...relu.graph, inputs: [value("x", [name, 3])] } };
  const shapes = await inferShapes(model, runtime, { sizes: {}, batch: name });
  expect(shapes.get("y")?.dims).toEqual([{ times: 1 }, 3]);
});

describe("constants that the file computes", () => {
  const number = (name: string, number: number) => int64Tensor(name, [], [number]);
  const vector = (name: string, ...numbers: number[]) => int64Tensor(name, [numbers.length], numbers);
  const bombs: Readonly<Record<string, { nodes: Node[]; constants: Tensor[] }>> = {
    ConstantOfShape: { nodes: [node("ConstantOfShape", ["a"], ["big"])], constants: [vector("a", 1e9)] },
    Range: {
      nodes: [node("Range", ["a", "b", "c"], ["big"])],
      constants: [number("a", 0), number("b", 1e9), number("c", 1)],
    },
    Tile: {
      nodes: [node("Tile", ["a", "b"], ["big"])],
      constants: [vector("a", 1, 2), vector("b", 5e8)],
    },
    Expand: {
      nodes: [node("Expand", ["a", "b"], ["big"])],
      constants: [vector("a", 1), vector("b", 1e5, 1e5)],
    },
    OneHot: {
      nodes: [node("OneHot", ["a", "b", "c"], ["big"])],
      constants: [vector("a", 1), number("b", 2e9), vector("c", 0, 1)],
    },
    Pad: {
      nodes: [node("Pad", ["a", "b"], ["big"])],
      constants: [vector("a", 1), vector("b", 5e8, 5e8)],
    },
    "sizes that are computed first": {
      nodes: [
        node("Mul", ["a", "a"], ["aa"]),
        node("Reshape", ["aa", "one"], ["shape"]),
        node("ConstantOfShape", ["shape"], ["big"]),
      ],
      constants: [number("a", 31_623), vector("one", 1)],
    },
  };

  test.each(Object.entries(bombs))("%s is refused by its size, and never made", async (_, bomb) => {
    const model = modelOf({
      nodes: [
        ...bomb.nodes,
        node("ReduceMax", ["big"], ["most"], { keepdims: 0 }),
        node("Cast", ["most"], ["most as float"], { to: 1 }),
        node("Add", ["x", "most as float"], ["y"]),
      ],
      inputs: [value("x", [1, 3])],
      outputs: [output("y")],
      initializers: bomb.constants,
    });
    const before = process.memoryUsage().rss;
    const shapes = await inferShapes(model, runtime, { sizes: {} });
    const folded = await foldConstants(model, shapes, runtime);
    expect(folded.model.graph.nodes.some(({ outputs }) => outputs.includes("big"))).toBe(true);
    const { kind, message } = userErrorOf(() => checkValueSizes(folded.model.graph, shapes));
    expect(kind).toBe("unsupported");
    expect(message).toMatch(/makes a value of [\d x]+ numbers, .*ONNX_LRP_LIMITS="valueElements=/);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
  });

  const impossible: Readonly<Record<string, { nodes: Node[]; constants: Tensor[] }>> = {
    "an index beyond the end": {
      nodes: [node("Gather", ["a", "b"], ["k"])],
      constants: [vector("a", 1, 2), vector("b", 5)],
    },
    "a step of zero": {
      nodes: [node("Range", ["a", "b", "c"], ["k"])],
      constants: [number("a", 0), number("b", 5), number("c", 0)],
    },
    "a division by zero": {
      nodes: [node("Div", ["a", "b"], ["k"])],
      constants: [vector("a", 1, 2), vector("b", 0)],
    },
  };

  test.each(Object.entries(impossible))("%s is said of the model", async (_, { nodes, constants }) => {
    const model = modelOf({
      nodes: [
        ...nodes,
        node("Cast", ["k"], ["as float"], { to: 1 }),
        node("ReduceSum", ["as float"], ["sum"], { keepdims: 0 }),
        node("Add", ["x", "sum"], ["y"]),
      ],
      inputs: [value("x", [1, 3])],
      outputs: [output("y")],
      initializers: constants,
    });
    const error = await userErrorOf(async () => {
      const shapes = await inferShapes(model, runtime, { sizes: {} });
      await foldConstants(model, shapes, runtime);
    });
    expect(error.kind).toBe("model");
    expect(error.message).toMatch(/^onnxruntime (cannot compute the constants of|refuses) the model: /);
    expect(error.message).not.toMatch(/\.(cc|h):\d|onnxruntime_src/);
  });
});

test.each([
  ["Conv", { group: int(0) }],
  ["ConvTranspose", { group: int(0) }],
  ["ConvTranspose", { group: int(-(2n ** 63n)) }],
  ["MaxPool", { strides: ints([0, 1]) }],
  ["MaxPool", { dilations: ints([1, 2n ** 40n]) }],
  ["DepthToSpace", { blocksize: int(0) }],
  ["GatherND", { batch_dims: int(-(2n ** 63n)) }],
  ["GatherND", { batch_dims: int(2n ** 63n - 1n) }],
] as const)("%s with %o is refused, within branches too", (op, attributes) => {
  const bad = node(op, ["x"], ["y"], attributes);
  const branch: Attribute = { kind: "graph", value: graphOf({ nodes: [bad], inputs: [], outputs: [] }) };
  for (const one of [bad, node("If", ["c"], ["y"], { then_branch: branch })]) {
    const { kind, message } = userErrorOf(() => checkAttributes({ nodes: [one] }));
    expect(kind).toBe("model");
    expect(message).toContain(Object.keys(attributes)[0] ?? "?");
    expect(message).toContain(op);
  }
});

test("what onnxruntime says comes without places in its source", () => {
  const said = [
    "Non-zero status code returned while running ConstantOfShape node. Name:'' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory",
    "Status Message: element_wise_ops.cc:692 Compute Integer division by zero",
    "Status Message: element_wise_ops.cc:2256 operator() Integer modulo by zero",
    "constant_of_shape_base.h:114 PrepareCompute Must have a valid input shape.",
  ].map(runtimeMessage);
  expect(said).toEqual([
    "Non-zero status code returned while running ConstantOfShape node. Name:'' Status Message: Failed to allocate memory",
    "Status Message: Integer division by zero",
    "Status Message: Integer modulo by zero",
    "Must have a valid input shape.",
  ]);
  expect(runtimeMessage("name ".repeat(1000)).length).toBeLessThan(500);
});

describe("limits", () => {
  afterEach(() => setLimits({ nesting: 64 }));

  test("can be set, to numbers that are some", () => {
    setLimits({ nesting: 5000 });
    expect(() => setLimits({ nesting: 0 })).toThrow("limits and numbers of at least 1");
    expect(() => setLimits({ unknown: 5 } as object)).toThrow('it has "unknown=5"');
  });
});
