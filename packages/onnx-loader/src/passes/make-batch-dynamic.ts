/**
 * Lets a network that was exported for a fixed number of pictures take another: its input gets that size, and a Reshape
 * that was told the number copies it from what it is given. What else may know the number (a weight of that shape, say)
 * shows when shapes are inferred again.
 */

import { constantReader, constantTensors } from "../constants.ts";
import { createTape, valueNames } from "../emit.ts";
import type { Dim, Model } from "../model.ts";
import type { Shapes } from "../shapes.ts";
import type { PassResult } from "./pass.ts";

/**
 * @param shapes of every value, as the network is
 * @param input its first dimension is the batch
 * @param batch what it becomes
 */
export function makeBatchDynamic(
  model: Model,
  shapes: Shapes,
  { name, batch }: { readonly name: string; readonly batch: Dim },
): PassResult {
  const { graph } = model;
  const fixed = shapes.get(name)?.dims[0];
  if (typeof fixed !== "number" || fixed === batch) return { model, changed: [] };
  const numbers = constantReader(constantTensors(graph));
  const tape = createTape(valueNames(graph), `${name}/batch`);
  const nodes = graph.nodes.map((node) => {
    const [data = "", shape = ""] = node.inputs;
    if (node.op !== "Reshape" || node.domain !== "" || shapes.get(data)?.dims[0] !== fixed) return node;
    const [first, ...rest] = numbers(shape) ?? [];
    // A -1 elsewhere must not swallow it.
    if (first !== fixed || rest.some((size) => size === 0)) return node;
    // A 0 copies the size, unless the node says that it is a size; without another 0, nothing else depends on that.
    const attributes = new Map([...node.attributes].filter(([key]) => key !== "allowzero"));
    return { ...node, inputs: [data, tape.ints([0, ...rest])], attributes };
  });
  const inputs = graph.inputs.map((input) =>
    input.name === name && input.type?.dims !== undefined
      ? { name, type: { ...input.type, dims: [batch, ...input.type.dims.slice(1)] } }
      : input,
  );
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const valueInfo = graph.valueInfo.filter((value) => graph.overridable.has(value.name));
  // The outputs' own shapes have the old number in them.
  const outputs = graph.outputs.map((output) => ({ name: output.name, type: undefined }));
  return {
    model: { ...model, graph: { ...graph, nodes, inputs, initializers, outputs, valueInfo } },
    changed: [`The batch of the input "${name}", which is ${fixed} in the file, becomes ${batch ?? "open"}.`],
  };
}
