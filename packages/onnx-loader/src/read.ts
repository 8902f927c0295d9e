import { Long, onnx, protobuf } from "./codec.ts";
import { dataTypeOf } from "./data-type.ts";
import { obtainAgain, textRemedy, UserError } from "./error.ts";
import { foreignFormat } from "./foreign-format.ts";
import { beyondLimit, limit } from "./limits.ts";
import type {
  Attribute,
  Dim,
  Graph,
  Model,
  Node,
  Tensor,
  TensorStorage,
  TensorType,
  ValueInfo,
} from "./model.ts";
import { inOrder } from "./order.ts";
import { isRewritten, markRewritten, rememberOrigin } from "./origin.ts";
import { type DenseAllowance, denseAllowance, denseTensor } from "./sparse-tensor.ts";
import { checkByteCount } from "./tensor.ts";
import { checkFieldCount } from "./tensor-fields.ts";

/**
 * Reads a model from the bytes of an .onnx file. Weights stay views into `bytes`, so keep them unchanged.
 *
 * @param bytes the whole file
 * @param name what errors call the file
 * @throws UserError `model` when the bytes are not a whole ONNX model
 */
export function readModel(bytes: Uint8Array, name = "the model"): Model {
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) {
    const { what, instead } = foreign;
    const remedies = instead === undefined ? [] : [textRemedy(instead)];
    throw new UserError("model", `${name} is not an ONNX model: it is ${what}.`, { remedies });
  }
  try {
    return decodeModel(bytes, name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      "model",
      `${name} is not an ONNX model, or only a part of one: its ${bytes.byteLength.toLocaleString("en")} bytes cannot be ` +
        `decoded to the end (${messageOf(error)}).`,
      { remedies: [obtainAgain], cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A reader that keeps fields it does not know, so that they can be written back. */
function keeping(bytes: Uint8Array): protobuf.Reader {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return reader;
}

function decodeModel(bytes: Uint8Array, name: string): Model {
  const proto = onnx.ModelProto.decode(keeping(bytes));
  if (!has(proto, "graph")) {
    throw new UserError("model", `${name} is not an ONNX model: it holds no graph.`);
  }
  const graph = decodeGraph(proto.graph, newDecoding(bytes));
  if (graph.nodes.length === 0 && graph.outputs.length === 0) {
    throw new UserError("model", `${name} is not an ONNX model: its graph is empty.`);
  }
  return {
    irVersion: toNumber(proto.irVersion),
    opsets: Object.fromEntries(
      proto.opsetImport.map(({ domain, version }) => [
        domain === "ai.onnx" ? "" : (domain ?? ""),
        toNumber(version),
      ]),
    ),
    producer: proto.producerName,
    producerVersion: proto.producerVersion,
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key ?? "", value ?? ""])),
    graph,
    functions: proto.functions,
    carried: [...carriedHeader(proto), ...(proto.$unknowns ?? [])],
    source: bytes,
  };
}

/** Fields of ModelProto that are declared, for they have small numbers, but of which nothing here makes use. */
function carriedHeader(proto: onnx.ModelProto): Uint8Array[] {
  const rest = new onnx.ModelProto();
  if (has(proto, "domain")) rest.domain = proto.domain;
  if (has(proto, "modelVersion")) rest.modelVersion = proto.modelVersion;
  if (has(proto, "docString")) rest.docString = proto.docString;
  const bytes = onnx.ModelProto.encode(rest).finish();
  return bytes.byteLength === 0 ? [] : [bytes];
}

/** What decoding a file has to keep an eye on. */
export interface Decoding {
  readonly allowance: DenseAllowance;
  /** Of the graph that is decoded, within others. */
  readonly depth: number;
  /** How many nodes there were so far. */
  readonly count: { nodes: number };
}

/** @param bytes a whole file, or a whole function */
export function newDecoding(bytes: Uint8Array): Decoding {
  return { allowance: denseAllowance(bytes.byteLength), depth: 0, count: { nodes: 0 } };
}

function decodeGraph(bytes: Uint8Array, decoding: Decoding): Graph {
  const { allowance, depth, count } = decoding;
  if (depth > limit("nesting")) {
    throw beyondLimit(
      "nesting",
      "model",
      `The model has graphs within graphs, more than ${limit("nesting")} deep.`,
    );
  }
  const proto = onnx.GraphProto.decode(keeping(bytes));
  count.nodes += proto.node.length;
  if (count.nodes > limit("nodes")) {
    throw beyondLimit("nodes", "model", `The model has more than ${limit("nodes")} nodes.`);
  }
  const initializers = new Map<string, Tensor>();
  for (const encoded of proto.initializer) {
    const tensor = decodeTensor(encoded);
    initializers.set(tensor.name, tensor);
  }
  for (const encoded of proto.sparseInitializer) {
    const tensor = decodeSparseTensor(encoded, allowance);
    initializers.set(tensor.name, tensor);
  }
  const inputs = proto.input.map(decodeValueInfo);
  const overridable = new Set(inputs.map(({ name }) => name).filter((name) => initializers.has(name)));
  const doc = new onnx.GraphProto();
  if (has(proto, "docString")) doc.docString = proto.docString;
  const docBytes = onnx.GraphProto.encode(doc).finish();
  const read = proto.node.map((one) => decodeNode(one, decoding));
  const nodes = inOrder(read);
  const graph: Graph = {
    name: proto.name,
    nodes,
    initializers,
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    outputs: proto.output.map(decodeValueInfo),
    valueInfo: [
      ...inputs.filter(({ name }) => initializers.has(name)),
      ...proto.valueInfo.map(decodeValueInfo),
    ],
    overridable,
    carried: [...(docBytes.byteLength === 0 ? [] : [docBytes]), ...(proto.$unknowns ?? [])],
  };
  const asRead = nodes === read && !nodes.some(isRewritten) && proto.sparseInitializer.length === 0;
  return asRead ? graph : markRewritten(graph);
}

export function decodeNode(bytes: Uint8Array, decoding: Decoding): Node {
  const proto = onnx.NodeProto.decode(protobuf.Reader.create(bytes));
  const node: Node = {
    op: proto.opType,
    domain: proto.domain === "ai.onnx" ? "" : proto.domain,
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes: new Map(proto.attribute.map((one) => decodeAttribute(one, decoding))),
    ...(proto.overload === "" ? {} : { overload: proto.overload }),
  };
  return rememberOrigin(node, bytes, { parts: [...node.attributes.values()] });
}

/** AttributeProto.AttributeType. */
const kinds: Readonly<Record<number, Attribute["kind"]>> = {
  1: "float",
  2: "int",
  3: "string",
  4: "tensor",
  5: "graph",
  6: "floats",
  7: "ints",
  8: "strings",
};

export function decodeAttribute(bytes: Uint8Array, decoding: Decoding): [string, Attribute] {
  const proto = onnx.AttributeProto.decode(protobuf.Reader.create(bytes));
  const { name } = proto;
  if (name === "sparse_value" && has(proto, "sparseTensor")) {
    // Of a Constant, the one operation that has such an attribute: the same as `value`, which is dense.
    const value = decodeSparseTensor(proto.sparseTensor, decoding.allowance);
    return ["value", markRewritten({ kind: "tensor", value })];
  }
  const attribute = attributeOf(proto, bytes, decoding);
  const parts = attribute.kind === "graph" ? [attribute.value] : [];
  return [name, rememberOrigin(attribute, bytes, { name, parts })];
}

function attributeOf(proto: onnx.AttributeProto, bytes: Uint8Array, decoding: Decoding): Attribute {
  if (proto.refAttrName !== "") return { kind: "reference", value: proto.refAttrName };
  switch (kinds[proto.type] ?? (proto.type === 0 ? guessKind(proto) : undefined)) {
    case "float":
      return { kind: "float", value: proto.f };
    case "int":
      return { kind: "int", value: toBigInt(proto.i) };
    case "string":
      return { kind: "string", value: text(proto.s) };
    case "floats":
      return { kind: "floats", value: proto.floats };
    case "ints":
      return { kind: "ints", value: proto.ints.map(toBigInt) };
    case "strings":
      return { kind: "strings", value: proto.strings.map(text) };
    case "tensor":
      return { kind: "tensor", value: decodeTensor(proto.t) };
    case "graph":
      return { kind: "graph", value: decodeGraph(proto.g, { ...decoding, depth: decoding.depth + 1 }) };
    default:
      return { kind: "opaque", value: bytes };
  }
}

/** Files from before IR version 2 do not say an attribute's kind: it is the field that is set. */
function guessKind(proto: onnx.AttributeProto): Attribute["kind"] | undefined {
  if (has(proto, "f")) return "float";
  if (has(proto, "i")) return "int";
  if (has(proto, "s")) return "string";
  if (has(proto, "t")) return "tensor";
  if (has(proto, "g")) return "graph";
  if (proto.floats.length > 0) return "floats";
  if (proto.ints.length > 0) return "ints";
  if (proto.strings.length > 0) return "strings";
  return undefined;
}

function decodeTensor(bytes: Uint8Array): Tensor {
  const proto = onnx.TensorProto.decode(protobuf.Reader.create(bytes));
  const type = dataTypeOf(proto.dataType);
  if (type === undefined) {
    throw new UserError(
      "model",
      `The tensor "${proto.name}" has the element type number ${proto.dataType}, which this version of onnx-lrp does not know.`,
      { subject: { value: proto.name } },
    );
  }
  const dims = sizesOf(proto.dims, proto.name);
  const tensor: Tensor = { name: proto.name, type, dims, storage: storageOf(proto, bytes) };
  if (tensor.storage.kind === "raw") checkByteCount(tensor, tensor.storage.bytes.byteLength);
  if (tensor.storage.kind === "fields") checkFieldCount(tensor, bytes);
  return rememberOrigin(tensor, bytes);
}

function decodeSparseTensor(bytes: Uint8Array, allowance: DenseAllowance): Tensor {
  const proto = onnx.SparseTensorProto.decode(protobuf.Reader.create(bytes));
  const [values, indices] = [decodeTensor(proto.values), decodeTensor(proto.indices)];
  return denseTensor({ values, indices, dims: sizesOf(proto.dims, values.name) }, allowance);
}

/** @throws UserError `model` for a negative size */
function sizesOf(dims: readonly (Long | number)[], name: string): number[] {
  const sizes = dims.map(toNumber);
  if (sizes.every((size) => size >= 0)) return sizes;
  throw new UserError("model", `The tensor "${name}" has a negative dimension: the model file is damaged.`, {
    subject: { value: name },
    remedies: [obtainAgain],
  });
}

function storageOf(proto: onnx.TensorProto, bytes: Uint8Array): TensorStorage {
  if (proto.dataLocation === 1) {
    const entries = new Map(proto.externalData.map(({ key, value }) => [key, value ?? ""]));
    return {
      kind: "external",
      location: entries.get("location") ?? "",
      offset: Number(entries.get("offset") ?? 0),
      length: Number(entries.get("length") ?? -1),
    };
  }
  if (has(proto, "rawData")) return { kind: "raw", bytes: proto.rawData };
  return { kind: "fields", message: bytes };
}

function decodeValueInfo(bytes: Uint8Array): ValueInfo {
  const proto = onnx.ValueInfoProto.decode(protobuf.Reader.create(bytes));
  const denotation = proto.type?.denotation;
  const value = { name: proto.name, type: tensorType(proto.type) };
  return rememberOrigin(denotation ? { ...value, denotation } : value, bytes);
}

function tensorType(proto: onnx.TypeProto.$Properties | null | undefined): TensorType | undefined {
  const type = dataTypeOf(proto?.tensorType?.elemType ?? 0);
  if (type === undefined) return undefined;
  const shape = proto?.tensorType?.shape;
  return { type, dims: shape == null ? undefined : (shape.dim ?? []).map(decodeDim) };
}

function decodeDim(proto: onnx.DimensionProto.$Properties): Dim {
  if (has(proto, "dimValue") && proto.dimValue != null) return toNumber(proto.dimValue);
  return proto.dimParam ? proto.dimParam : undefined;
}

function has(message: object, field: string): boolean {
  return Object.hasOwn(message, field);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function toNumber(value: Long | number | null | undefined): number {
  return value == null ? 0 : Number(value.toString());
}

function toBigInt(value: Long | number): bigint {
  return BigInt(Long.fromValue(value).toString());
}
