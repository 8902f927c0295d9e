/** Models written out node by node; network.ts builds on it and names the values itself. */
import {
  type Attribute,
  type DataType,
  type Dim,
  type Graph,
  intValue as int,
  intsValue as ints,
  type Model,
  type Node,
  stringValue as string,
  type Tensor,
  type ValueInfo,
} from "@onnx-lrp/onnx-loader";

/** An attribute: integers and strings as they are, everything else (`float(0.5)`) in the loader's form. */
export type AttributeValue = number | readonly number[] | string | Attribute;
export type AttributeValues = Readonly<Record<string, AttributeValue>>;

function attributeOf(value: AttributeValue): Attribute {
  if (typeof value === "number") return int(value);
  if (typeof value === "string") return string(value);
  return "kind" in value ? value : ints(value);
}

export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: AttributeValues = {},
  name = `${op} ${outputs[0] ?? ""}`,
): Node {
  const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const);
  return { op, domain: "", name, inputs, outputs, attributes: new Map(entries) };
}

export function value(name: string, dims: readonly Dim[] | undefined, type: DataType = "float32"): ValueInfo {
  return { name, type: { type, dims } };
}

/** An output of unknown type and shape, which onnxruntime then infers. */
export function output(name: string): ValueInfo {
  return { name, type: undefined };
}

export interface Parts {
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers?: readonly Tensor[];
  readonly opset?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function graphOf({ nodes, inputs, outputs, initializers = [] }: Parts): Graph {
  return {
    name: "test",
    nodes,
    initializers: new Map(initializers.map((tensor) => [tensor.name, tensor])),
    inputs,
    outputs,
    valueInfo: [],
    overridable: new Set(),
    carried: [],
  };
}

export function modelOf(parts: Parts): Model {
  return {
    irVersion: 8,
    opsets: { "": parts.opset ?? 17 },
    producer: "test",
    producerVersion: "1",
    metadata: parts.metadata ?? {},
    graph: graphOf(parts),
    functions: [],
    carried: [],
  };
}
