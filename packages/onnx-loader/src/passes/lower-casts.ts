/**
 * Writes CastLike(a, b) as Cast(a) to the type that b has. onnxscript's functions write constants so, which then look as if
 * they depended on b's values.
 */
import { int } from "../attributes.ts";
import { dataTypeCode } from "../data-type.ts";
import type { Model } from "../model.ts";
import type { Shapes } from "../shapes.ts";

export function lowerCasts(model: Model, shapes: Shapes): Model {
  const { graph } = model;
  const nodes = graph.nodes.map((node) => {
    const [input = "", like = ""] = node.inputs;
    const type = shapes.get(like)?.type;
    if (node.op !== "CastLike" || node.domain !== "" || type === undefined) return node;
    const attributes = new Map(node.attributes).set("to", int(dataTypeCode(type)));
    return { ...node, op: "Cast", inputs: [input], attributes };
  });
  if (nodes.every((node, i) => node === graph.nodes[i])) return model;
  return { ...model, graph: { ...graph, nodes } };
}
