import {
  elementCount,
  type Graph,
  intsAttribute,
  isFloat,
  type Tensor,
  tensorAttribute,
  tensorNumbers,
} from "@onnx-lrp/onnx-loader";

/** Constants beyond this many elements are weights, which are never read here. */
const largest = 65_536;

/** Reads small constants, each at most once, when they are asked for. */
export function constantReader(graph: Graph): (value: string) => number[] | undefined {
  const tensors = new Map<string, Tensor>(graph.initializers);
  const listed = new Map<string, number[]>();
  for (const node of graph.nodes) {
    const output = node.outputs[0];
    if (node.op !== "Constant" || output === undefined) continue;
    const tensor = tensorAttribute(node, "value");
    if (tensor !== undefined) tensors.set(output, tensor);
    const ints = intsAttribute(node, "value_ints");
    if (ints !== undefined) listed.set(output, ints);
  }
  return (value) => {
    const known = listed.get(value);
    if (known !== undefined) return known;
    const tensor = tensors.get(value);
    if (tensor === undefined || tensor.storage.kind === "external" || elementCount(tensor.dims) > largest)
      return undefined;
    if (!isFloat(tensor.type) && !tensor.type.includes("int") && tensor.type !== "bool") return undefined;
    const numbers = tensorNumbers(tensor);
    listed.set(value, numbers);
    return numbers;
  };
}
