/** Gives a batch dimension that the file leaves unnamed a name, so that it can be followed through the graph. */
import type { Dim, Model, ValueInfo } from "../model.ts";
import type { PassResult } from "./pass.ts";

export function nameBatchDimension(model: Model): PassResult {
  const { graph } = model;
  const used = new Set(
    graph.inputs.flatMap(({ type }) => type?.dims?.filter((dim) => typeof dim === "string") ?? []),
  );
  let name = "N";
  while (used.has(name)) name += "_";
  const inputs = graph.inputs.map((input) => named(input, name));
  if (inputs.every((input, i) => input === graph.inputs[i])) return { model, changed: [] };
  return { model: { ...model, graph: { ...graph, inputs } }, changed: [] };
}

function named(input: ValueInfo, name: string): ValueInfo {
  const dims = input.type?.dims;
  if (input.type === undefined || dims === undefined || dims.length < 2 || !isUnknown(dims[0])) return input;
  return { name: input.name, type: { ...input.type, dims: [name, ...dims.slice(1)] } };
}

/** Some exporters write an unknown size as 0 or -1. */
function isUnknown(dim: Dim): boolean {
  return dim === undefined || (typeof dim === "number" && dim <= 0);
}
