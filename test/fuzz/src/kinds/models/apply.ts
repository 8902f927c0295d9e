/** Makes edits in models. */
import {
  type Attribute,
  type DataType,
  floatTensor,
  type Graph,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Model,
  type Node,
  type Tensor,
} from "@onnx-lrp/onnx-loader";
import type { Edit } from "./edit.ts";

function numbersOf(texts: readonly string[]): number[] {
  return texts.map((text) => Math.max(0, Number(text)));
}

/** The nodes of a graph with one replaced; in an empty graph nothing. */
function withNode(graph: Graph, at: number, change: (node: Node) => readonly Node[]): Graph {
  const place = at % Math.max(1, graph.nodes.length);
  return { ...graph, nodes: graph.nodes.flatMap((node, i) => (i === place ? change(node) : [node])) };
}

function withTensor(graph: Graph, at: number, change: (tensor: Tensor) => Tensor | undefined): Graph {
  const all = [...graph.initializers];
  const place = at % Math.max(1, all.length);
  const initializers = new Map<string, Tensor>();
  for (const [i, [key, tensor]] of all.entries()) {
    const changed = i === place ? change({ ...tensor }) : tensor;
    if (changed !== undefined) initializers.set(key, changed);
  }
  return { ...graph, initializers };
}

function valueAt(graph: Graph, at: number): string {
  const values = [
    ...graph.inputs.map(({ name: one }) => one),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
  return values[at % Math.max(1, values.length)] ?? "";
}

function nodeOf(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return {
    op,
    domain: "",
    name: `${op} ${outputs[0] ?? ""}`,
    inputs,
    outputs,
    attributes: new Map(Object.entries(attributes)),
  };
}

function attributeOf({
  kind,
  numbers: texts,
  text,
}: {
  readonly kind: string;
  readonly numbers: readonly string[];
  readonly text: string;
}): Attribute {
  switch (kind) {
    case "int":
      return int(BigInt(texts[0] ?? "0"));
    case "ints":
      return ints(texts.map(BigInt));
    case "float":
      return { kind: "float", value: Number(texts[0] ?? "NaN") };
    case "tensor":
      return {
        kind: "tensor",
        value: int64Tensor(
          text,
          [texts.length],
          texts.map((one) => BigInt.asIntN(64, BigInt(one))),
        ),
      };
    case "graph":
      return { kind: "graph", value: emptyGraph };
    default:
      return { kind: "string", value: text };
  }
}

const emptyGraph: Graph = {
  name: "",
  nodes: [],
  initializers: new Map(),
  inputs: [],
  outputs: [],
  valueInfo: [],
  overridable: new Set(),
  carried: [],
};

/** Adds a constant, computed from numbers of the file, to a value of the network. */
function withConstant(
  graph: Graph,
  {
    op,
    a,
    b,
    at,
  }: {
    readonly op: string;
    readonly a: readonly string[];
    readonly b: readonly string[];
    readonly at: number;
  },
): Graph {
  const tensor = (key: string, texts: readonly string[], scalar = false) =>
    int64Tensor(
      key,
      scalar ? [] : [texts.length],
      (scalar ? [texts[0] ?? "1"] : texts).map((one) => BigInt.asIntN(64, BigInt(one))),
    );
  const scalars = op === "Range" || op === "OneHot";
  const initializers = new Map(graph.initializers);
  initializers.set("fuzz a", tensor("fuzz a", a, scalars));
  initializers.set("fuzz b", tensor("fuzz b", b, scalars));
  initializers.set("fuzz c", tensor("fuzz c", op === "OneHot" ? ["0", "1"] : ["1"], op === "Range"));
  const inputs =
    op === "ConstantOfShape" ? ["fuzz a"] : scalars ? ["fuzz a", "fuzz b", "fuzz c"] : ["fuzz a", "fuzz b"];
  const into = valueAt({ ...graph, initializers: new Map() }, at);
  const made = [
    nodeOf(op, inputs, ["fuzz k"]),
    nodeOf("Cast", ["fuzz k"], ["fuzz f"], { to: int(1) }),
    nodeOf("ReduceMax", ["fuzz f"], ["fuzz m"], { keepdims: int(0) }),
    nodeOf("Add", [into, "fuzz m"], ["fuzz sum"]),
  ];
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((one) => (one === into ? "fuzz sum" : one)),
  }));
  return { ...graph, initializers, nodes: [...made, ...nodes] };
}

function nested(node: Node, depth: number): Node {
  let inner: Graph = {
    ...emptyGraph,
    nodes: [node],
    outputs: node.outputs.map((one) => ({ name: one, type: undefined })),
  };
  for (let i = 0; i < depth; i += 1) {
    const branch: Attribute = { kind: "graph", value: inner };
    const outputs = node.outputs.map((one) => (i === depth - 1 ? one : `${one}/${i}`));
    // One branch alone from the second on: two would double the file each time.
    const branches: Readonly<Record<string, Attribute>> =
      i === 0 ? { then_branch: branch, else_branch: branch } : { then_branch: branch };
    inner = {
      ...emptyGraph,
      nodes: [nodeOf("If", ["fuzz condition"], outputs, branches)],
      outputs: outputs.map((one) => ({ name: one, type: undefined })),
    };
  }
  return inner.nodes[0] ?? node;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

/** FunctionProtos, each of which calls the next so many times. */
function functionsOf(length: number, times: number): Uint8Array[] {
  return Array.from({ length }, (_, i) => {
    const calls = Array.from({ length: times }, (__, k) =>
      field(
        7,
        Buffer.concat([
          field(1, k === 0 ? "a" : `m${k}`),
          field(2, k === times - 1 ? "b" : `m${k + 1}`),
          field(4, i === length - 1 ? "Relu" : `f${i + 1}`),
          ...(i === length - 1 ? [] : [field(7, "fuzz")]),
        ]),
      ),
    );
    const opset = (domain: string) => field(9, Buffer.concat([field(1, domain), Uint8Array.from([16, 17])]));
    return Buffer.concat([
      field(1, `f${i}`),
      field(4, "a"),
      field(5, "b"),
      ...calls,
      opset(""),
      opset("fuzz"),
      field(10, "fuzz"),
    ]);
  });
}

/** The model with one edit made. */
export function edited(model: Model, one: Edit): Model {
  const { graph } = model;
  const put = (changed: Graph): Model => ({ ...model, graph: changed });
  switch (one.what) {
    case "seed":
      return model;
    case "dims":
      return put(withTensor(graph, one.at, (tensor) => ({ ...tensor, dims: numbersOf(one.dims) })));
    case "fields": {
      const values = Buffer.concat([
        ...one.dims.map((dim) => Buffer.from([8, ...varint(Math.max(0, Number(dim)) % 2 ** 50)])),
        Buffer.from([16, 7]),
        field(
          7,
          Uint8Array.from({ length: one.count }, () => 1),
        ),
      ]);
      return put(
        withTensor(graph, one.at, ({ name: own }) => ({
          name: own,
          type: "int64",
          dims: numbersOf(one.dims),
          storage: { kind: "fields", message: values },
        })),
      );
    }
    case "type":
      return put(withTensor(graph, one.at, (tensor) => ({ ...tensor, type: one.type as DataType })));
    case "external":
      return put(
        withTensor(graph, one.at, (tensor) => ({
          ...tensor,
          storage: {
            kind: "external",
            location: one.location,
            offset: Number(one.offset),
            length: Number(one.length),
          },
        })),
      );
    case "values":
      return put(
        withTensor(graph, one.at, ({ name: own, dims }) => {
          const count = Math.min(
            dims.reduce((product, dim) => product * dim, 1),
            1e6,
          );
          return floatTensor(
            own,
            dims,
            Array.from({ length: count }, () => Number(one.value)),
          );
        }),
      );
    case "op":
      return put(withNode(graph, one.at, (node) => [{ ...node, op: one.op }]));
    case "domain":
      return put(withNode(graph, one.at, (node) => [{ ...node, domain: one.domain }]));
    case "attribute":
      return put(
        withNode(graph, one.at, (node) => [
          { ...node, attributes: new Map([...node.attributes, [one.name, attributeOf(one)]]) },
        ]),
      );
    case "wire":
      return put(
        withNode(graph, one.at, (node) => {
          const inputs = [...node.inputs];
          inputs[one.slot] = valueAt(graph, one.from);
          return [{ ...node, inputs: Array.from(inputs, (input) => input ?? "") }];
        }),
      );
    case "node":
      return put(
        withNode(graph, one.at, (node) =>
          one.how === "drop"
            ? []
            : one.how === "twice"
              ? [node, node]
              : [node, { ...node, outputs: graph.outputs.map((output) => output.name) }],
        ),
      );
    case "drop":
      return put(withTensor(graph, one.at, () => undefined));
    case "rename": {
      const from = valueAt(graph, one.at);
      const to = (old: string) => (old === from ? one.name : old);
      return put({
        ...graph,
        inputs: graph.inputs.map((value) => ({ ...value, name: to(value.name) })),
        outputs: graph.outputs.map((value) => ({ ...value, name: to(value.name) })),
        initializers: new Map(
          [...graph.initializers].map(([key, tensor]) => [to(key), { ...tensor, name: to(key) }]),
        ),
        nodes: graph.nodes.map((node) => ({
          ...node,
          name: to(node.name),
          inputs: node.inputs.map(to),
          outputs: node.outputs.map(to),
        })),
      });
    }
    case "input":
      return put({
        ...graph,
        inputs: graph.inputs.map(({ name: own, type }) => {
          const { type: element = "float32", dims = [] } = type ?? {};
          if (one.how === "type") return { name: own, type: { type: one.type as DataType, dims } };
          if (one.how === "symbol")
            return {
              name: own,
              type: { type: element, dims: dims.map((dim, i) => (i === 0 ? one.symbol : dim)) },
            };
          const sizes = numbersOf(one.dims);
          return { name: own, type: { type: element, dims: dims.map((dim, i) => sizes[i] ?? dim) } };
        }),
      });
    case "opset":
      return { ...model, opsets: { ...model.opsets, [one.domain]: Number(one.version) } };
    case "metadata":
      return { ...model, metadata: { ...model.metadata, [one.key]: one.value } };
    case "constant":
      return put(withConstant(graph, one));
    case "nest":
      return put({
        ...withNode(graph, one.at, (node) => [nested(node, one.depth)]),
        initializers: new Map([
          ...graph.initializers,
          [
            "fuzz condition",
            {
              name: "fuzz condition",
              type: "bool",
              dims: [],
              storage: { kind: "raw", bytes: Uint8Array.of(1) },
            },
          ],
        ]),
      });
    case "functions":
      return {
        ...put(
          withNode(graph, one.at, (node) => [
            {
              ...node,
              op: "f0",
              domain: "fuzz",
              inputs: node.inputs.slice(0, 1),
              outputs: node.outputs.slice(0, 1),
              attributes: new Map(),
            },
          ]),
        ),
        opsets: { ...model.opsets, fuzz: 1 },
        functions: [...model.functions, ...functionsOf(one.length, one.times)],
      };
    case "output":
      return put({
        ...graph,
        outputs: [{ name: one.name || valueAt(graph, one.at), type: undefined }, ...graph.outputs.slice(1)],
      });
  }
}
