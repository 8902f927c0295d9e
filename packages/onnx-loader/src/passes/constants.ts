import type { Graph, Tensor } from "../model.ts";
import { floatTensor, int64Tensor, tensorNumbers } from "../tensor.ts";

/** The tensors of a graph that are there without computing: initializers, and the values of Constant nodes. */
export function constantTensors(graph: Graph): Map<string, Tensor> {
  const tensors = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const [output = ""] = node.outputs;
    if (node.domain !== "") continue;
    if (node.op === "Constant") {
      const tensor = constantValue(output, node.attributes);
      if (tensor !== undefined) tensors.set(output, tensor);
    } else if (node.op === "Identity") {
      const same = tensors.get(node.inputs[0] ?? "");
      if (same !== undefined) tensors.set(output, same);
    }
  }
  return tensors;
}

type Values = Graph["nodes"][number]["attributes"];

function constantValue(name: string, attributes: Values): Tensor | undefined {
  for (const [key, attribute] of attributes) {
    if (key === "value" && attribute.kind === "tensor") return attribute.value;
    if (key === "value_float" && attribute.kind === "float") return floatTensor(name, [], [attribute.value]);
    if (key === "value_int" && attribute.kind === "int") return int64Tensor(name, [], [attribute.value]);
    if (key === "value_floats" && attribute.kind === "floats")
      return floatTensor(name, [attribute.value.length], attribute.value);
    if (key === "value_ints" && attribute.kind === "ints")
      return int64Tensor(name, [attribute.value.length], attribute.value);
  }
  return undefined;
}

/** The numbers of a constant whose values lie in the model itself; undefined for weights in files beside it. */
export function constantNumbers(
  tensors: ReadonlyMap<string, Tensor>,
): (value: string) => readonly number[] | undefined {
  return (value) => {
    const tensor = tensors.get(value);
    return tensor === undefined || tensor.storage.kind === "external" ? undefined : tensorNumbers(tensor);
  };
}
