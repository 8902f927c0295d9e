/**
 * Turns a float16, bfloat16 or float64 network into the float32 network with the same weights. Relevance divides by sums
 * that half precision cannot hold apart; half-precision tensors do not pass onnxruntime's JavaScript interface everywhere; and
 * the relevance pass is written in float32. So inputs and outputs become float32 too.
 *
 * Only what depends on an input's values is changed. What is computed of constants and shapes alone keeps its format, so
 * that arithmetic on sizes comes out as it did; where it meets the rest there is a Cast, which onnxruntime folds. (In bfloat16,
 * which onnxruntime cannot compute in, not even constants are computed.) Weights stay as they are in the file.
 */

import { intAttribute, subgraphs } from "../attributes.ts";
import { type DataType, dataTypeCode, dataTypeOf } from "../data-type.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import type { Attribute, Graph, Model, Node, ValueInfo } from "../model.ts";
import { outputOf } from "../node.ts";
import { dependentValues, dependsOn } from "../topology.ts";
import { constantType } from "./constant-type.ts";
import type { PassResult } from "./pass.ts";
import { mapGraphs } from "./rename.ts";

const half: ReadonlySet<DataType> = new Set(["float16", "bfloat16"]);

function isOther(type: DataType | undefined): type is DataType {
  return type !== undefined && (half.has(type) || type === "float64");
}

/** onnxruntime computes next to nothing in this format, constants neither. */
function isBfloat16(type: DataType | undefined): boolean {
  return type === "bfloat16";
}

interface State {
  /** Values that depend on what is fed. */
  readonly dependent: ReadonlySet<string>;
  /** Element types of the other values, where they are known. */
  readonly types: Map<string, DataType>;
  /** Formats that were met. */
  readonly met: Set<DataType>;
  readonly tape: Tape;
}

export function toFloat32(model: Model): PassResult {
  const { graph } = model;
  const state: State = {
    dependent: dependentValues(
      graph,
      graph.inputs.map(({ name }) => name),
    ),
    types: new Map(),
    met: new Set(),
    tape: createTape(valueNames(graph), "float32"),
  };
  const changed = changeGraph(graph, state);
  const { met } = state;
  if (met.size === 0) return { model, changed: [] };
  const kinds = [
    ...([...half].some((type) => met.has(type)) ? ["half"] : []),
    ...(met.has("float64") ? ["double"] : []),
  ];
  return {
    model: { ...model, graph: changed },
    changed: [
      `The ${kinds.join("- and ")}-precision parts of the network, inputs and outputs too, are computed in float32.`,
    ],
  };
}

/** @param outer for a graph inside a node: casts that stand in the graph around, by what they cast */
function changeGraph(graph: Graph, state: State, outer?: ReadonlyMap<string, string>): Graph {
  const { types, dependent } = state;
  for (const [name, { type }] of graph.initializers) types.set(name, type);
  const casts = new Map(outer);
  const nodes = graph.nodes.flatMap((node) => {
    const before: Node[] = [];
    const cast = (name: string, wanted: (type: DataType | undefined) => boolean): string => {
      if (dependent.has(name) || !wanted(types.get(name))) return name;
      const known = casts.get(name);
      if (known !== undefined) return known;
      const made = castOf(name, state);
      casts.set(name, outputOf(made));
      before.push(made);
      return outputOf(made);
    };
    const changed = changeNode(node, state, cast, casts);
    return [...before, changed];
  });
  const after: Node[] = [];
  const outputs = graph.outputs.map((output) => {
    if (outer === undefined || dependent.has(output.name) || !isOther(types.get(output.name))) {
      return float32Value(output, state);
    }
    const made = castOf(output.name, state);
    after.push(made);
    return { name: outputOf(made), type: undefined };
  });
  return {
    ...graph,
    nodes: [...nodes, ...after],
    inputs: graph.inputs.map((input) => float32Value(input, state)),
    outputs,
    valueInfo: graph.valueInfo.map((value) => float32Value(value, state)),
  };
}

/** The float32 form of a constant whose type is wanted otherwise; any other value as it is. */
type Cast = (name: string, wanted: (type: DataType | undefined) => boolean) => string;

function castOf(name: string, { tape, types, met }: State): Node {
  const type = types.get(name);
  if (type !== undefined) met.add(type);
  const output = tape.fresh(`${name}/float32`);
  types.set(output, "float32");
  const to: Attribute = { kind: "int", value: BigInt(dataTypeCode("float32")) };
  return {
    op: "Cast",
    domain: "",
    name: output,
    inputs: [name],
    outputs: [output],
    attributes: new Map([["to", to]]),
  };
}

function changeNode(node: Node, state: State, cast: Cast, casts: ReadonlyMap<string, string>): Node {
  const { dependent, types } = state;
  if (!dependsOn(node, dependent)) {
    for (const graph of subgraphs(node)) noteTypes(graph, types);
    const inputs = node.inputs.map((name) => cast(name, isBfloat16));
    const now = inputs.every((name, i) => name === node.inputs[i]) ? node : { ...node, inputs };
    for (const [i, output] of now.outputs.entries()) {
      const type = constantType(now, i, types);
      if (type !== undefined && output !== "") types.set(output, type);
    }
    return now;
  }
  const inputs = node.inputs.map((name) => cast(name, isOther));
  const attributes = changeAttributes(node, state, casts);
  const same = attributes === node.attributes && inputs.every((name, i) => name === node.inputs[i]);
  return same ? node : { ...node, inputs, attributes };
}

/** Types of a graph inside a node that depends on constants alone. */
function noteTypes(graph: Graph, types: Map<string, DataType>): void {
  for (const [name, { type }] of graph.initializers) types.set(name, type);
  for (const node of graph.nodes) {
    for (const deeper of subgraphs(node)) noteTypes(deeper, types);
    for (const [i, output] of node.outputs.entries()) {
      const type = constantType(node, i, types);
      if (type !== undefined) types.set(output, type);
    }
  }
}

function changeAttributes(
  node: Node,
  state: State,
  casts: ReadonlyMap<string, string>,
): ReadonlyMap<string, Attribute> {
  let { attributes } = node;
  for (const key of ["to", "output_dtype", "dtype"]) {
    const type = dataTypeOf(intAttribute(node, key, 0));
    if (node.domain !== "" || !isOther(type)) continue;
    state.met.add(type);
    attributes = new Map(attributes).set(key, { kind: "int", value: BigInt(dataTypeCode("float32")) });
  }
  if (subgraphs(node).length === 0) return attributes;
  return mapGraphs(attributes, (inner) => {
    const sources = [...state.dependent, ...inner.inputs.map(({ name }) => name)];
    return changeGraph(inner, { ...state, dependent: dependentValues(inner, sources) }, casts);
  });
}

function float32Value(value: ValueInfo, { dependent, met }: State): ValueInfo {
  if (value.type === undefined || !isOther(value.type.type) || !dependent.has(value.name)) return value;
  met.add(value.type.type);
  return { name: value.name, type: { type: "float32", dims: value.type.dims } };
}
