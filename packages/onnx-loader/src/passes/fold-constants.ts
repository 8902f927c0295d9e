/**
 * Computes what depends on no input but at most on shapes, where it is small: shape arithmetic, pads, axes, indices.
 * onnxruntime does the computing, in a run of that part of the graph. Weights that are made by nodes stay nodes, and so
 * does what is computed from external data, which only the final session knows where to find.
 *
 * Where a shape contains the batch, the part is run for two batch sizes, and what comes out the same is a constant.
 */

import type { Tensor as RuntimeTensor } from "onnxruntime-common";
import { subgraphs } from "../attributes.ts";
import { type DataType, isFloat } from "../data-type.ts";
import { limit } from "../limits.ts";
import type { Graph, Model, Node, Tensor } from "../model.ts";
import { inputOf, isOp, outputOf } from "../node.ts";
import { removeUnused } from "../remove-unused.ts";
import { createSession, runSession, type SessionFactory, sparing } from "../runtime-session.ts";
import type { Shapes } from "../shapes.ts";
import { elementCount, int64Tensor } from "../tensor.ts";
import { consumers } from "../topology.ts";
import { writeModel } from "../write.ts";
import type { PassResult } from "./pass.ts";

/** Larger constants are weights. */
const maxFoldedElements = 4096;

/** Batch sizes for which shape arithmetic is tried. */
const probeBatchSizes = [3, 5] as const;

export async function foldConstants(model: Model, shapes: Shapes, ort: SessionFactory): Promise<PassResult> {
  const { graph } = model;
  const all = computableNodes(graph, shapes);
  const together = limit("constantElementsTogether");
  // What nothing small is computed from is not run, and takes nothing from the limit.
  const computable =
    elementsFor(boundary(graph, all, shapes), graph, all, shapes) <= together
      ? all
      : computableNodes(graph, shapes, together);
  const wanted = boundary(graph, computable, shapes);
  if (wanted.length === 0) return { model, changed: [] };
  const [first, second] = [
    await evaluate(model, computable, wanted, shapes, probeBatchSizes[0], ort),
    await evaluate(model, computable, wanted, shapes, probeBatchSizes[1], ort),
  ];
  const values = new Map([...first].filter(([name, tensor]) => sameTensor(tensor, second.get(name))));
  if (values.size === 0) return { model, changed: [] };
  const initializers = new Map([...graph.initializers, ...values]);
  const nodes = graph.nodes.filter((node) => !node.outputs.every((name) => name === "" || values.has(name)));
  const left = removeUnused({ ...graph, nodes, initializers }, computable);
  const removed = graph.nodes.length - left.nodes.length;
  const [thing, verb] = removed === 1 ? ["node that computes", "is"] : ["nodes that compute", "are"];
  return {
    model: { ...model, graph: left },
    changed: [`${removed} ${thing} constants (shapes, pads, indices) ${verb} folded.`],
  };
}

function isShapeOf(node: Node, shapes: Shapes): boolean {
  return isOp(node, "Shape") && shapes.has(inputOf(node, 0));
}

/**
 * Nodes that depend on constants and known shapes alone, and are small and plain enough to be run separately.
 *
 * @param together how many elements they may make, all together
 */
function computableNodes(graph: Graph, shapes: Shapes, together = Number.POSITIVE_INFINITY): Set<Node> {
  const known = new Set<string>();
  for (const [name, { storage }] of graph.initializers) if (storage.kind !== "external") known.add(name);
  const computable = new Set<Node>();
  let left = together;
  for (const node of graph.nodes) {
    const plain = subgraphs(node).length === 0 && !node.op.startsWith("Random") && !isExternalConstant(node);
    const ready = node.inputs.every((input) => input === "" || known.has(input)) || isShapeOf(node, shapes);
    if (!plain || !ready) continue;
    const elements = largestOutput(node, shapes);
    if (!(elements <= limit("constantElements") && elements <= left)) continue;
    left -= elements;
    computable.add(node);
    for (const output of node.outputs) known.add(output);
  }
  return computable;
}

/** How many elements the nodes make that values are computed by. */
function elementsFor(
  wanted: readonly string[],
  graph: Graph,
  computable: ReadonlySet<Node>,
  shapes: Shapes,
): number {
  const needed = new Set(wanted);
  let elements = 0;
  for (const node of [...graph.nodes].reverse()) {
    if (!computable.has(node) || !node.outputs.some((output) => needed.has(output))) continue;
    elements += largestOutput(node, shapes);
    if (!isShapeOf(node, shapes)) for (const input of node.inputs) needed.add(input);
  }
  return elements;
}

/** How many elements the largest value has that a node makes; Infinity where that is not known before it is run. */
function largestOutput({ op, outputs }: Node, shapes: Shapes): number {
  if (op === "Constant") return 0;
  const counts = outputs
    .filter((name) => name !== "")
    .map((name) => {
      const dims = shapes.get(name)?.dims;
      const batch = Math.max(...probeBatchSizes);
      return dims === undefined
        ? Number.POSITIVE_INFINITY
        : elementCount(dims.map((size) => (typeof size === "number" ? size : size.times * batch)));
    });
  return Math.max(0, ...counts);
}

function isExternalConstant({ attributes }: Node): boolean {
  return [...attributes.values()].some(
    ({ kind, value }) => kind === "tensor" && value.storage.kind === "external",
  );
}

function isSmall(shapes: Shapes, value: string): boolean {
  const dims = shapes.get(value)?.dims;
  if (dims === undefined || !dims.every((size) => typeof size === "number")) return false;
  return elementCount(dims.map(Number)) <= maxFoldedElements;
}

/** Small values made by computable nodes and used by others; those of Constant nodes are constants already. */
function boundary(graph: Graph, computable: ReadonlySet<Node>, shapes: Shapes): string[] {
  const users = consumers(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return [...computable]
    .filter((node) => node.op !== "Constant")
    .flatMap((node) =>
      node.outputs.filter((name) => {
        if (name === "" || outputs.has(name) || !isSmall(shapes, name)) return false;
        return users.get(name)?.some((user) => !computable.has(user)) ?? false;
      }),
    );
}

async function evaluate(
  model: Model,
  computable: ReadonlySet<Node>,
  wanted: readonly string[],
  shapes: Shapes,
  batch: number,
  ort: SessionFactory,
): Promise<Map<string, Tensor>> {
  const { graph } = model;
  const initializers = new Map(graph.initializers);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (!computable.has(node)) continue;
    const output = outputOf(node);
    if (isShapeOf(node, shapes)) initializers.set(output, shapeTensor(node, shapes, batch));
    else nodes.push(node);
  }
  const part = removeUnused({
    ...graph,
    nodes,
    initializers,
    inputs: [],
    valueInfo: [],
    overridable: new Set(),
    outputs: wanted.map((name) => ({ name, type: undefined })),
  });
  const bytes = writeModel({ ...model, graph: part });
  const failure = { kind: "model", what: "onnxruntime cannot compute the constants of the model" } as const;
  const session = await createSession(ort, bytes, sparing(), failure);
  try {
    const results = await runSession(session, {}, undefined, failure);
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

/** What a Shape node gives for a batch size, with its `start` and `end`. */
function shapeTensor(node: Node, shapes: Shapes, batch: number): Tensor {
  const dims = shapes.get(inputOf(node, 0))?.dims ?? [];
  const sizes = dims.map((size) => (typeof size === "number" ? size : size.times * batch));
  const bound = (name: string): number | undefined => {
    const attribute = node.attributes.get(name);
    return attribute?.kind === "int" ? Number(attribute.value) : undefined;
  };
  const picked = sizes.slice(bound("start") ?? 0, bound("end"));
  return int64Tensor(outputOf(node), [picked.length], picked);
}

function plainTensor(name: string, tensor: RuntimeTensor): Tensor | undefined {
  const type = tensor.type as DataType;
  const { data } = tensor;
  if (!ArrayBuffer.isView(data) || !(isFloat(type) || type.includes("int") || type === "bool"))
    return undefined;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return { name, type, dims: tensor.dims, storage: { kind: "raw", bytes } };
}

function sameTensor(a: Tensor, b: Tensor | undefined): boolean {
  if (b === undefined || a.storage.kind !== "raw" || b.storage.kind !== "raw") return false;
  const [left, right] = [a.storage.bytes, b.storage.bytes];
  return (
    a.dims.join() === b.dims.join() &&
    left.length === right.length &&
    left.every((byte, i) => byte === right[i])
  );
}
