/** Model-local functions for tests, encoded as files have them. */
import { modelOf, node, output } from "@onnx-lrp/test-kit/model";
import { type Attribute, type Model, type Node, writeModel } from "../src/index.ts";
import { AttributeProto, ModelProto, NodeProto } from "./onnx-proto.ts";
import { bytesField, intField, join } from "./wire.ts";

export interface FunctionParts {
  readonly name: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly string[];
  readonly defaults?: Readonly<Record<string, Attribute>>;
  readonly nodes: readonly Node[];
  readonly opsets?: Readonly<Record<string, number>>;
}

export const domain = "test.functions";

/** A FunctionProto. */
function functionOf(parts: FunctionParts): Uint8Array {
  const opsets = Object.entries(parts.opsets ?? { "": 17, [domain]: 1 });
  const [defaults] = decoded([node("Op", [], ["y"], parts.defaults ?? {})]);
  return join([
    bytesField(1, parts.name),
    ...parts.inputs.map((name) => bytesField(4, name)),
    ...parts.outputs.map((name) => bytesField(5, name)),
    ...(parts.attributes ?? []).map((name) => bytesField(6, name)),
    ...encodedNodes(parts.nodes).map((bytes) => bytesField(7, bytes)),
    ...opsets.map(([name, version]) => bytesField(9, join([bytesField(1, name), intField(2, version)]))),
    bytesField(10, parts.domain ?? domain),
    ...(defaults?.attribute ?? []).map((one) => bytesField(11, AttributeProto.encode(one).finish())),
    ...(parts.overload === undefined ? [] : [bytesField(13, parts.overload)]),
  ]);
}

function encodedNodes(nodes: readonly Node[]): Uint8Array[] {
  return decoded(nodes).map((one) => NodeProto.encode(one).finish());
}

/** Nodes as an independent decoder understands them. */
function decoded(nodes: readonly Node[]) {
  const model = ModelProto.decode(writeModel(modelOf({ nodes, inputs: [], outputs: [output("y")] })));
  return model.graph?.node ?? [];
}

/** A node that calls a function of the tests' domain. */
export function call(...[op, ...rest]: Parameters<typeof node>): Node {
  return { ...node(op, ...rest), domain };
}

export function withFunctions(model: Model, functions: readonly FunctionParts[]): Model {
  return {
    ...model,
    irVersion: functions.some(({ overload }) => overload !== undefined) ? 10 : 8,
    opsets: { ...model.opsets, [domain]: 1 },
    functions: functions.map(functionOf),
  };
}
