import { Long, onnx, protobuf } from "./codec.ts";
import { dataTypeCode } from "./data-type.ts";
import type { Attribute, Dim, Graph, Model, Node, Tensor, ValueInfo } from "./model.ts";
import { originOf } from "./origin.ts";

/** Where a written model finds the raw weights that lie in the bytes it was read from. */
export type WeightPlace =
  /** In the written file itself. */
  | { readonly kind: "embed" }
  /** In the file the model was read from, named relative to the written one: nothing is copied. */
  | {
      readonly kind: "reference";
      readonly location: string;
      /** What the model was read from: the whole file, or what was read of it. */
      readonly source: Uint8Array;
      /** The offset in the file of a byte of `source`; default: its offset in `source`. */
      readonly placeOf?: ((index: number) => number) | undefined;
    };

/** Below this many bytes a weight is embedded even when others are referenced. */
const smallestReference = 1024;

/**
 * Encodes a model as the bytes of an .onnx file. What was read and not changed is written byte for byte as it
 * stood, fields that onnx-lrp does not know included.
 */
export function writeModel(model: Model, weights: WeightPlace = { kind: "embed" }): Uint8Array {
  const proto = new onnx.ModelProto({
    irVersion: Long.fromNumber(model.irVersion),
    producerName: model.producer,
    producerVersion: model.producerVersion,
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({
      ...(domain === "" ? {} : { domain }),
      version: Long.fromNumber(version),
    })),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: encodeGraph(model.graph, weights),
    functions: [...model.functions],
  });
  proto.$unknowns = [...model.carried];
  const bytes = onnx.ModelProto.encode(proto).finish();
  // The codec gives Node's Buffer there, whose slice is no copy.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encodeGraph(graph: Graph, weights: WeightPlace): Uint8Array {
  const listed = graph.valueInfo.filter(({ name }) => graph.overridable.has(name));
  const proto = new onnx.GraphProto({
    name: graph.name,
    node: graph.nodes.map((node) => encodeNode(node, weights)),
    initializer: [...graph.initializers].map(([name, tensor]) =>
      encodeTensor({ ...tensor, name }, tensor, weights),
    ),
    input: [...graph.inputs, ...listed].map(encodeValueInfo),
    output: graph.outputs.map(encodeValueInfo),
    valueInfo: graph.valueInfo.filter(({ name }) => !graph.overridable.has(name)).map(encodeValueInfo),
  });
  proto.$unknowns = [...graph.carried];
  return onnx.GraphProto.encode(proto).finish();
}

function encodeNode(node: Node, weights: WeightPlace): Uint8Array {
  const origin = originOf(node);
  if (origin !== undefined) return origin;
  const proto = new onnx.NodeProto({
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name,
    opType: node.op,
    attribute: [...node.attributes].map(([name, attribute]) => encodeAttribute(name, attribute, weights)),
  });
  if (node.domain !== "") proto.domain = node.domain;
  if (node.overload !== undefined) proto.overload = node.overload;
  return onnx.NodeProto.encode(proto).finish();
}

function encodeAttribute(name: string, attribute: Attribute, weights: WeightPlace): Uint8Array {
  const origin = originOf(attribute, name);
  if (origin !== undefined) return origin;
  const proto = new onnx.AttributeProto({ name });
  switch (attribute.kind) {
    case "opaque":
      return attribute.value;
    case "float":
      proto.type = 1;
      proto.f = attribute.value;
      break;
    case "int":
      proto.type = 2;
      proto.i = toLong(attribute.value);
      break;
    case "string":
      proto.type = 3;
      proto.s = new TextEncoder().encode(attribute.value);
      break;
    case "tensor":
      proto.type = 4;
      proto.t = encodeTensor(attribute.value, attribute.value, weights);
      break;
    case "graph":
      proto.type = 5;
      proto.g = encodeGraph(attribute.value, weights);
      break;
    case "floats":
      proto.type = 6;
      proto.floats = [...attribute.value];
      break;
    case "ints":
      proto.type = 7;
      proto.ints = attribute.value.map(toLong);
      break;
    case "strings":
      proto.type = 8;
      proto.strings = attribute.value.map((value) => new TextEncoder().encode(value));
      break;
    case "reference":
      proto.refAttrName = attribute.value;
      break;
  }
  return onnx.AttributeProto.encode(proto).finish();
}

/** @param original the tensor of the graph, whose origin holds while its name is still the same */
function encodeTensor(tensor: Tensor, original: Tensor, weights: WeightPlace): Uint8Array {
  const place = referenceOf(tensor, weights);
  const origin = originOf(original);
  const moves = place !== undefined && tensor.storage.kind === "raw";
  if (origin !== undefined && !moves && tensor.name === original.name) return origin;
  const proto = new onnx.TensorProto({
    dims: tensor.dims.map((dim) => Long.fromNumber(dim)),
    dataType: dataTypeCode(tensor.type),
    name: tensor.name,
  });
  if (place !== undefined) {
    proto.dataLocation = 1;
    proto.externalData = Object.entries(place).map(([key, value]) => ({ key, value: String(value) }));
  } else if (tensor.storage.kind === "raw") {
    proto.rawData = tensor.storage.bytes;
  } else if (tensor.storage.kind === "fields") {
    // The typed fields come after the header fields above, which on the wire replace the older ones.
    return concat([headless(tensor.storage.message), onnx.TensorProto.encode(proto).finish()]);
  }
  return onnx.TensorProto.encode(proto).finish();
}

/** The typed fields alone of an encoded tensor. */
function headless(message: Uint8Array): Uint8Array {
  return onnx.TensorFieldsProto.encode(
    onnx.TensorFieldsProto.decode(protobuf.Reader.create(message)),
  ).finish();
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

interface Place {
  readonly location: string;
  readonly offset: number;
  readonly length?: number;
}

function referenceOf(tensor: Tensor, weights: WeightPlace): Place | undefined {
  const { storage } = tensor;
  if (storage.kind === "external") {
    const { location, offset, length } = storage;
    return length < 0 ? { location, offset } : { location, offset, length };
  }
  if (weights.kind !== "reference" || storage.kind !== "raw") return undefined;
  const { bytes } = storage;
  if (bytes.buffer !== weights.source.buffer || bytes.byteLength < smallestReference) return undefined;
  const index = bytes.byteOffset - weights.source.byteOffset;
  const offset = weights.placeOf?.(index) ?? index;
  return { location: weights.location, offset, length: bytes.byteLength };
}

function encodeValueInfo(value: ValueInfo): Uint8Array {
  const origin = originOf(value);
  if (origin !== undefined) return origin;
  const proto = new onnx.ValueInfoProto({ name: value.name });
  if (value.type !== undefined) {
    proto.type = {
      tensorType: {
        elemType: dataTypeCode(value.type.type),
        ...(value.type.dims === undefined ? {} : { shape: { dim: value.type.dims.map(encodeDim) } }),
      },
      ...(value.denotation === undefined ? {} : { denotation: value.denotation }),
    };
  }
  return onnx.ValueInfoProto.encode(proto).finish();
}

function encodeDim(dim: Dim): onnx.DimensionProto.$Properties {
  if (typeof dim === "number") return { dimValue: Long.fromNumber(dim) };
  return dim === undefined ? {} : { dimParam: dim };
}

function toLong(value: bigint): Long {
  return Long.fromString(value.toString());
}
