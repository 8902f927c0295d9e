/**
 * Turns a float16 or bfloat16 network into the float32 network with the same weights. Relevance divides by sums that half
 * precision cannot hold apart, and half-precision tensors do not pass onnxruntime's JavaScript border everywhere; so the
 * inputs and outputs become float32 too. Weights stay as they are in the file, behind a Cast that onnxruntime folds.
 */
import type { Attribute, Model, Node, TensorType, ValueInfo } from "../model.ts";
import type { PassResult } from "./pass.ts";

const half: ReadonlySet<string> = new Set(["float16", "bfloat16"]);
const float32: Attribute = { kind: "int", value: 1n };
/** TensorProto.DataType of float16 and bfloat16. */
const halfCodes: ReadonlySet<bigint> = new Set([10n, 16n]);

export function widenHalfFloats(model: Model): PassResult {
  const { graph } = model;
  const halves = [...graph.initializers.values()].filter(({ type }) => half.has(type));
  const ends = [...graph.inputs, ...graph.outputs].filter(({ type }) => half.has(type?.type ?? ""));
  const casts = graph.nodes.filter(castsToHalf);
  const constants = graph.nodes.filter(isHalfConstant);
  if (halves.length + ends.length + casts.length + constants.length === 0) return { model, changed: [] };

  const initializers = new Map(graph.initializers);
  const before: Node[] = [];
  const taken = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  for (const tensor of halves) {
    const narrow = freshName(`${tensor.name}/half`, taken, initializers);
    initializers.delete(tensor.name);
    initializers.set(narrow, { ...tensor, name: narrow });
    before.push(cast(narrow, tensor.name));
  }
  const nodes = graph.nodes.flatMap((node) => {
    if (castsToHalf(node)) return [{ ...node, attributes: new Map([...node.attributes, ["to", float32]]) }];
    if (!isHalfConstant(node)) return [node];
    const [output = ""] = node.outputs;
    const narrow = freshName(`${output}/half`, taken, initializers);
    return [{ ...node, outputs: [narrow] }, cast(narrow, output)];
  });
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        nodes: [...before, ...nodes],
        initializers,
        inputs: graph.inputs.map(widened),
        outputs: graph.outputs.map(widened),
        valueInfo: graph.valueInfo.map(widened),
      },
    },
    changed: ["The half-precision network is computed in float32, with float32 inputs and outputs."],
  };
}

function castsToHalf(node: Node): boolean {
  const to = node.attributes.get("to");
  return node.op === "Cast" && to?.kind === "int" && halfCodes.has(to.value);
}

function isHalfConstant(node: Node): boolean {
  const value = node.attributes.get("value");
  return node.op === "Constant" && value?.kind === "tensor" && half.has(value.value.type);
}

function cast(input: string, output: string): Node {
  return {
    op: "Cast",
    domain: "",
    name: `${output}/widen`,
    inputs: [input],
    outputs: [output],
    attributes: new Map([["to", float32]]),
  };
}

function freshName(hint: string, taken: Set<string>, initializers: ReadonlyMap<string, unknown>): string {
  let name = hint;
  while (taken.has(name) || initializers.has(name)) name += "_";
  taken.add(name);
  return name;
}

function widened(value: ValueInfo): ValueInfo {
  if (value.type === undefined || !half.has(value.type.type)) return value;
  const type: TensorType = { type: "float32", dims: value.type.dims };
  return { name: value.name, type };
}
