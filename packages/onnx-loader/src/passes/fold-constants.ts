/**
 * Computes what depends on no input, where it is small: shape arithmetic, pads, axes, indices. onnxruntime does the
 * computing, in one run of the constant part of the graph. Weights that are made by nodes stay nodes.
 */
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-common";
import { subgraphs } from "../attributes.ts";
import { type DataType, isFloat } from "../data-type.ts";
import type { Graph, Model, Node, Tensor } from "../model.ts";
import type { SessionFactory, Shapes } from "../shapes.ts";
import { elementCount } from "../tensor.ts";
import { consumers } from "../topology.ts";
import { writeModel } from "../write.ts";
import type { PassResult } from "./pass.ts";

/** Larger constants are weights. */
const largest = 4096;

export async function foldConstants(model: Model, shapes: Shapes, ort: SessionFactory): Promise<PassResult> {
  const { graph } = model;
  const constant = constantNodes(graph, shapes);
  const wanted = boundary(graph, constant, shapes);
  if (wanted.length === 0) return { model, changed: [] };
  const values = await evaluate(model, constant, wanted, ort);
  const initializers = new Map([...graph.initializers, ...values]);
  const nodes = graph.nodes.filter((node) => !node.outputs.every((name) => name === "" || values.has(name)));
  const left = withoutUnused({ ...graph, nodes, initializers }, constant);
  const removed = graph.nodes.length - left.nodes.length;
  return {
    model: { ...model, graph: left },
    changed: [
      `${removed} node${removed === 1 ? " that computes" : "s that compute"} constants (shapes, pads, indices) ${removed === 1 ? "is" : "are"} folded.`,
    ],
  };
}

/** Nodes that depend on no input and are plain enough to be run apart. */
function constantNodes(graph: Graph, shapes: Shapes): Set<Node> {
  const known = new Set(graph.initializers.keys());
  const constant = new Set<Node>();
  for (const node of graph.nodes) {
    if (node.op === "Constant" || subgraphs(node).length > 0 || node.op.startsWith("Random")) {
      if (node.op === "Constant") for (const output of node.outputs) known.add(output);
      continue;
    }
    const fixed = node.op === "Shape" && isStatic(shapes, node.inputs[0] ?? "");
    if (!fixed && !node.inputs.every((input) => input === "" || known.has(input))) continue;
    if (fixed && !known.has(node.inputs[0] ?? "")) continue;
    constant.add(node);
    for (const output of node.outputs) known.add(output);
  }
  return constant;
}

function isStatic(shapes: Shapes, value: string): boolean {
  return shapes.get(value)?.dims.every((size) => typeof size === "number") ?? false;
}

function isSmall(shapes: Shapes, value: string): boolean {
  const shape = shapes.get(value);
  return shape !== undefined && isStatic(shapes, value) && elementCount(shape.dims.map(Number)) <= largest;
}

/** Small values made by constant nodes and used by others. */
function boundary(graph: Graph, constant: ReadonlySet<Node>, shapes: Shapes): string[] {
  const users = consumers(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return [...constant].flatMap((node) =>
    node.outputs.filter((name) => {
      if (name === "" || outputs.has(name) || !isSmall(shapes, name)) return false;
      return users.get(name)?.some((user) => !constant.has(user)) ?? false;
    }),
  );
}

async function evaluate(
  model: Model,
  constant: ReadonlySet<Node>,
  wanted: readonly string[],
  ort: SessionFactory,
): Promise<Map<string, Tensor>> {
  const { graph } = model;
  const nodes = graph.nodes.filter((node) => constant.has(node) || node.op === "Constant");
  const part = withoutUnused({
    ...graph,
    nodes,
    inputs: [],
    valueInfo: [],
    overridable: new Set(),
    outputs: wanted.map((name) => ({ name, type: undefined })),
  });
  const session: InferenceSession = await ort.InferenceSession.create(writeModel({ ...model, graph: part }), {
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run({});
    const values = new Map<string, Tensor>();
    for (const [name, tensor] of Object.entries(results)) {
      const kept = plainTensor(name, tensor);
      if (kept !== undefined) values.set(name, kept);
    }
    return values;
  } finally {
    await session.release();
  }
}

function plainTensor(name: string, tensor: RuntimeTensor): Tensor | undefined {
  const type = tensor.type as DataType;
  const { data } = tensor;
  if (!ArrayBuffer.isView(data) || !(isFloat(type) || type.includes("int") || type === "bool"))
    return undefined;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return { name, type, dims: tensor.dims, storage: { kind: "raw", bytes } };
}

/**
 * Drops nodes and initializers that nothing uses.
 *
 * @param among only these nodes may go; left out, any
 */
function withoutUnused(graph: Graph, among?: ReadonlySet<Node>): Graph {
  const used = new Set(graph.outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const removable = among === undefined || among.has(node);
    if (removable && !node.outputs.some((name) => used.has(name))) continue;
    kept.push(node);
    for (const input of node.inputs) used.add(input);
    for (const inner of subgraphs(node))
      for (const deep of inner.nodes) for (const input of deep.inputs) used.add(input);
  }
  const inner = graph.nodes.some((node) => subgraphs(node).length > 0);
  const initializers = inner
    ? graph.initializers
    : new Map([...graph.initializers].filter(([name]) => used.has(name)));
  return { ...graph, nodes: kept.reverse(), initializers };
}
