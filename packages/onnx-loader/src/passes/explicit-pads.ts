/**
 * Lets padding stand for `ceil_mode` of max pooling: as much at the end as the last window reaches beyond what is there, which
 * counts for no maximum. Not every execution provider has ceil_mode. Means keep it, for some versions of onnxruntime's CUDA
 * provider take the padding before for that after.
 */
import { intAttribute, ints, intsAttribute, stringAttribute } from "../attributes.ts";
import type { Model, Node } from "../model.ts";
import { inputOf, outputOf } from "../node.ts";
import type { Shapes } from "../shapes.ts";
import type { PassResult } from "./pass.ts";

export function explicitPads(model: Model, shapes: Shapes): PassResult {
  let count = 0;
  const nodes = model.graph.nodes.map((node) => {
    const pads = padsOf(node, shapes);
    if (pads === undefined) return node;
    count += 1;
    const kept = [...node.attributes].filter(([name]) => name !== "ceil_mode");
    return { ...node, attributes: new Map([...kept, ["pads", ints(pads)] as const]) };
  });
  if (count === 0) return { model, changed: [] };
  const changed = [`Padding stands for ceil_mode in ${count} node${count === 1 ? "" : "s"}.`];
  return { model: { ...model, graph: { ...model.graph, nodes } }, changed };
}

/** undefined where ceil_mode is not set, or is to stay. */
function padsOf(node: Node, shapes: Shapes): number[] | undefined {
  if (node.domain !== "" || node.op !== "MaxPool") return undefined;
  if (intAttribute(node, "ceil_mode", 0) === 0 || stringAttribute(node, "auto_pad", "NOTSET") !== "NOTSET")
    return undefined;
  const kernel = intsAttribute(node, "kernel_shape") ?? [];
  const [large, small] = [inputOf(node, 0), outputOf(node)].map((name) => shapes.get(name)?.dims?.slice(2));
  const pads = intsAttribute(node, "pads") ?? kernel.flatMap(() => [0, 0]);
  const strides = intsAttribute(node, "strides");
  const dilations = intsAttribute(node, "dilations");
  const end = kernel.map((taps, i) => {
    const [size, windows] = [large?.[i], small?.[i]];
    if (typeof size !== "number" || typeof windows !== "number") return undefined;
    const reach = (windows - 1) * (strides?.[i] ?? 1) + (dilations?.[i] ?? 1) * (taps - 1) + 1;
    const needed = Math.max(pads[kernel.length + i] ?? 0, reach - size - (pads[i] ?? 0));
    // onnxruntime takes no padding as large as the window.
    return needed < taps ? needed : undefined;
  });
  const known = end.filter((size) => size !== undefined);
  return known.length === kernel.length ? [...pads.slice(0, kernel.length), ...known] : undefined;
}
