/**
 * Types and shapes of every value, as onnxruntime infers them, without running the model.
 *
 * A skeleton of the model is made: weights become typed inputs, so that none is loaded; every value whose shape is not
 * evident (evident-shapes.ts) becomes an output. Creating a session for it runs onnxruntime's own shape inference over any operation that it knows,
 * and the session's metadata tell the result.
 *
 * Symbolic dimensions are replaced by numbers first, since arithmetic on shapes (Shape, Gather, Concat, Reshape)
 * resolves only then. A batch dimension that stays symbolic is tried with two sizes; a dimension that grows
 * with it is a multiple of it.
 */
import { checkNodes } from "./check-nodes.ts";
import { type DataType, dataTypeOf } from "./data-type.ts";
import { evidentType, isEvident } from "./evident-shapes.ts";
import { lookUp } from "./look-up.ts";
import type { Dim, Graph, Model, Node, Tensor, TensorType, ValueInfo } from "./model.ts";
import { createSession, type SessionFactory, sparing } from "./runtime-session.ts";
import { elementCount } from "./tensor.ts";
import { writeModel } from "./write.ts";

/** A size that may depend on the batch: `times` x batch size. */
export type Size = number | { readonly times: number };

export interface ValueShape {
  readonly type: DataType;
  readonly dims: readonly Size[];
}

export type Shapes = ReadonlyMap<string, ValueShape>;

export interface ShapeRequest {
  /** Sizes for symbolic dimensions by symbol, the batch's symbol excepted. */
  readonly sizes: Readonly<Record<string, number>>;
  /** The symbol of the batch dimension, if it is to stay symbolic. */
  readonly batch?: string | undefined;
}

/** Two batch sizes that a fixed dimension is unlikely to be both of. */
const trials = [3, 5] as const;

/**
 * @returns the shape of every value that onnxruntime can tell; what it cannot tell is left out
 * @throws UserError `model` when onnxruntime refuses the model
 */
export async function inferShapes(model: Model, ort: SessionFactory, request: ShapeRequest): Promise<Shapes> {
  const { batch } = request;
  checkNodes(model.graph);
  if (batch === undefined) return known(await infer(model, ort, request.sizes));
  const [small, large] = trials;
  const first = await infer(model, ort, { ...request.sizes, [batch]: small });
  const second = await infer(model, ort, { ...request.sizes, [batch]: large });
  const shapes = new Map<string, ValueShape>();
  for (const [name, { type, dims }] of known(first)) {
    const other = second.get(name)?.dims;
    if (other === undefined || other.length !== dims.length) continue;
    const sizes = dims.map((dim, axis) => sizeFrom(Number(dim), other[axis], small, large));
    if (sizes.every((size) => size !== undefined)) shapes.set(name, { type, dims: sizes });
  }
  return shapes;
}

function sizeFrom(first: number, other: Dim, small: number, large: number): Size | undefined {
  if (first === other) return first;
  const times = first / small;
  return Number.isInteger(times) && other === times * large ? { times } : undefined;
}

function known(types: ReadonlyMap<string, TensorType>): Map<string, ValueShape> {
  const shapes = new Map<string, ValueShape>();
  for (const [name, { type, dims }] of types) {
    if (dims?.every((dim) => typeof dim === "number")) shapes.set(name, { type, dims });
  }
  return shapes;
}

async function infer(
  model: Model,
  ort: SessionFactory,
  sizes: Readonly<Record<string, number>>,
): Promise<Map<string, TensorType>> {
  const bytes = writeModel(skeleton(model, sizes));
  const options = { graphOptimizationLevel: "basic", intraOpNumThreads: 1, ...sparing() } as const;
  const session = await createSession(ort, bytes, options, {
    kind: "model",
    what: "onnxruntime refuses the model",
  });
  const types = new Map<string, TensorType>();
  for (const [name, { type, dims }] of model.graph.initializers) types.set(name, { type, dims });
  for (const value of [...session.inputMetadata, ...session.outputMetadata]) {
    const type = value.isTensor ? dataTypeOfRuntime(value.type) : undefined;
    if (type !== undefined && value.isTensor) {
      types.set(value.name, { type, dims: value.shape.map((dim) => (dim === "" ? undefined : dim)) });
    }
  }
  await session.release();
  const { nodes } = model.graph;
  for (const node of nodes) {
    const [output = ""] = node.outputs;
    if (output === "" || types.has(output) || !isEvident(node, opsetOf(model))) continue;
    const type = evidentType(node, types);
    if (type !== undefined) types.set(output, type);
  }
  return types;
}

/** onnxruntime's JavaScript names agree with ours, but that a few newer types have none. */
function dataTypeOfRuntime(name: string): DataType | undefined {
  return runtimeTypes.get(name);
}

const runtimeTypes = new Map<string, DataType>(
  Array.from({ length: 26 }, (_, i) => dataTypeOf(i + 1))
    .filter((type) => type !== undefined)
    .map((type) => [type, type]),
);

/** Weights of at least this many elements are left out of the skeleton; smaller ones may decide about shapes. */
const smallestWeight = 65;

function isWeight(tensor: Tensor): boolean {
  const integer = tensor.type.includes("int") || tensor.type === "bool";
  return elementCount(tensor.dims) >= (integer ? 65_536 : smallestWeight);
}

function skeleton(model: Model, sizes: Readonly<Record<string, number>>): Model {
  const { graph } = model;
  const weights: ValueInfo[] = [];
  const initializers = new Map<string, Tensor>();
  for (const [name, tensor] of graph.initializers) {
    if (isWeight(tensor) || tensor.storage.kind === "external") weights.push(typed(name, tensor));
    else initializers.set(name, tensor);
  }
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const value = node.op === "Constant" ? node.attributes.get("value") : undefined;
    const output = node.outputs[0];
    if (value?.kind === "tensor" && output !== undefined && isWeight(value.value)) {
      weights.push(typed(output, value.value));
    } else nodes.push(node);
  }
  const inputs = graph.inputs.map((input) => fixed(input, sizes));
  const made = nodes
    .filter((node) => !isUntellable(node))
    .flatMap((node, i) =>
      // A model needs an output.
      isEvident(node, opsetOf(model)) && i < nodes.length - 1 ? node.outputs.slice(1) : node.outputs,
    );
  const skeletal: Graph = {
    ...graph,
    nodes,
    initializers,
    inputs: [...inputs, ...weights],
    outputs: made.filter((name) => name !== "").map((name) => ({ name, type: undefined })),
    valueInfo: [],
    overridable: new Set(),
  };
  // IR version 3 would have every initializer among the inputs.
  return { ...model, irVersion: Math.max(model.irVersion, 8), graph: skeletal };
}

const opsetOf = ({ opsets }: Model) => opsets[""] ?? 1;

/** onnxruntime's JavaScript cannot tell of values of this type; all that is done to them here is a Cast. */
const unreportedType: DataType = "bfloat16";

function typed(name: string, tensor: Tensor): ValueInfo {
  const type = tensor.type === unreportedType ? "float32" : tensor.type;
  return { name, type: { type, dims: tensor.dims } };
}

function isUntellable({ op, attributes }: Node): boolean {
  const value = op === "Constant" ? attributes.get("value") : undefined;
  return value?.kind === "tensor" && value.value.type === unreportedType;
}

/** An input with its symbolic dimensions replaced by the sizes given for them. */
function fixed(input: ValueInfo, sizes: Readonly<Record<string, number>>): ValueInfo {
  if (input.type?.dims === undefined) return input;
  const dims = input.type.dims.map((dim) => (typeof dim === "string" ? (lookUp(sizes, dim) ?? dim) : dim));
  return { name: input.name, type: { type: input.type.type, dims } };
}
