// packages/onnx-loader/src/passes/drop-empty-pads.ts
import { constantReader, constantTensors } from "../../packages/onnx-loader/src/constants.ts";
import type { Model } from "../../packages/onnx-loader/src/model.ts";
import { inputOf } from "../../packages/onnx-loader/src/node.ts";
import type { PassResult } from "../../packages/onnx-loader/src/passes/pass.ts";

/** Makes an Identity of each Pad that adds nothing, which some exporters write before every layer. */
export function dropEmptyPads(model: Model): PassResult {
  const { graph } = model;
  const numbers = constantReader(constantTensors(graph));
  let count = 0;
  const nodes = graph.nodes.map((node) => {
    if (node.op !== "Pad" || node.domain !== "") return node;
    const pads = numbers(inputOf(node, 1));
    if (pads === undefined || pads.some((size) => size !== 0)) return node;
    count += 1;
    return { ...node, op: "Identity", inputs: [inputOf(node, 0)], attributes: new Map() };
  });
  if (count === 0) return { model, changed: [] };
  const changed = [`${count} Pad node${count === 1 ? " adds" : "s add"} nothing and became Identity.`];
  return { model: { ...model, graph: { ...graph, nodes } }, changed };
}
