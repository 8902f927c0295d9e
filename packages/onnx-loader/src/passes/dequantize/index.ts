/**
 * Turns a quantized network into the float network on its dequantized weights, which is what a quantized network stands
 * for and what relevance can be propagated through: rounding goes, saturation stays (dequantize-values.ts).
 *
 * Read are quantizers around float operations (QDQ), operations on quantized values (QLinear*, com.microsoft's too),
 * operations on integers (*Integer), and quantization with scales from the picture (Dynamic*). A quantized input keeps its
 * type: what it means is then cast and scaled. A quantized output becomes the float that it represents.
 */

import { subgraphs } from "../../attributes.ts";
import { identity } from "../../emit.ts";
import { lookUp } from "../../look-up.ts";
import type { Graph, Model, Node, ValueInfo } from "../../model.ts";
import { nodeLabel } from "../../node.ts";
import { capturedValues, dependsOn, isShapeQuery, usedValues } from "../../topology.ts";
import type { PassResult } from "../pass.ts";
import { renameNode } from "../rename.ts";
import { elementwise, type Rewrite } from "./elementwise.ts";
import { dequantizeLinear, dequantizeWeight, dynamicQuantizeLinear, quantizeLinear } from "./linear.ts";
import {
  convInteger,
  dynamicQuantizeMatMul,
  matMulInteger,
  matMulIntegerToFloat,
  qGemm,
  qLinearConv,
  qLinearMatMul,
} from "./products.ts";
import { onIntegers } from "./routing.ts";
import { createDequantizer, type Dequantizer, isSignal, unsupportedError } from "./values.ts";

/** By domain. */
const rewrites: Readonly<Record<string, Readonly<Record<string, Rewrite>>>> = {
  "": {
    ConvInteger: convInteger,
    DequantizeLinear: dequantizeLinear,
    DynamicQuantizeLinear: dynamicQuantizeLinear,
    MatMulInteger: matMulInteger,
    QLinearConv: qLinearConv,
    QLinearMatMul: qLinearMatMul,
    QuantizeLinear: quantizeLinear,
  },
  "com.microsoft": {
    ...elementwise,
    DequantizeLinear: dequantizeLinear,
    DynamicQuantizeMatMul: dynamicQuantizeMatMul,
    MatMulIntegerToFloat: matMulIntegerToFloat,
    QGemm: qGemm,
    QLinearConv: qLinearConv,
    QuantizeLinear: quantizeLinear,
  },
};

function rewriteOf({ domain, op }: Pick<Node, "domain" | "op">): Rewrite | undefined {
  return lookUp(lookUp(rewrites, domain) ?? {}, op);
}

/** @throws UserError `unsupported` naming the node where quantized numbers are used in a way that no floats could be */
export function dequantize(model: Model): PassResult {
  const { graph } = model;
  if (!graph.nodes.some(({ domain, op }) => rewriteOf({ domain, op }) !== undefined))
    return { model, changed: [] };
  const dequantizer = createDequantizer(graph, model.opsets[""] ?? 0);
  const nodes = graph.nodes.flatMap((node) => {
    const kept = dequantizer.tape.within(nodeLabel(node), () => dequantizeNode(dequantizer, node));
    const all = [...dequantizer.tape.take(), ...kept];
    for (const one of all) note(dequantizer, one);
    return all;
  });
  const { floats, quantized, tape, count } = dequantizer;
  if (count.activations + count.weights === 0) return { model, changed: [] };
  const meaning = (name: string) => quantized.get(name)?.value ?? floats.get(name);
  const ends = graph.outputs.flatMap(({ name }) => {
    const value = graph.inputs.some((input) => input.name === name) ? undefined : meaning(name);
    return value === undefined ? [] : [identity(value, name)];
  });
  const changed: Graph = {
    ...graph,
    nodes: [...nodes, ...ends],
    initializers: new Map([...graph.initializers, ...tape.initializers]),
    outputs: graph.outputs.map((output) => (quantized.has(output.name) ? asFloat(output) : output)),
    valueInfo: graph.valueInfo.filter(({ name }) => meaning(name) === undefined),
  };
  const taken = `The quantization of ${count.activations} activation${count.activations === 1 ? "" : "s"} is taken out: the float network on the dequantized weights is explained.`;
  return count.activations === 0
    ? { model: { ...model, graph: changed }, changed: ["Quantized weights are dequantized."] }
    : { model: { ...model, graph: changed }, changed: [taken], altered: "dequantized" };
}

function asFloat({ name, type }: ValueInfo): ValueInfo {
  return { name, type: type === undefined ? undefined : { type: "float32", dims: type.dims } };
}

/** Rewrites a node through the tape. @returns the node itself where it stays */
function dequantizeNode(dequantizer: Dequantizer, original: Node): Node[] {
  const { floats, quantized } = dequantizer;
  const rename = (name: string): string => floats.get(name) ?? name;
  const uses = [...usedValues(original)];
  const node = uses.some((name) => floats.has(name)) ? renameNode(original, rename, original.name) : original;
  if (isShapeQuery(node)) {
    const inputs = node.inputs.map((name) => quantized.get(name)?.value ?? name);
    return [inputs.every((name, i) => name === node.inputs[i]) ? node : { ...node, inputs }];
  }
  const inner = subgraphs(original).flatMap((graph) => [...capturedValues(graph)]);
  if (inner.some((name) => quantized.has(name)))
    throw unsupportedError(node, "uses quantized values in a subgraph");
  const depends = node.inputs.some((name) => isSignal(dequantizer, name));
  if (!depends) {
    return node.op === "DequantizeLinear" && dequantizeWeight(dequantizer, node) ? [] : [node];
  }
  const rewrite = rewriteOf(node);
  if (rewrite !== undefined) rewrite(dequantizer, node);
  else if (node.domain === "" && node.inputs.some((name) => quantized.has(name)))
    onIntegers(dequantizer, node);
  else if (node.inputs.some((name) => quantized.has(name)))
    throw unsupportedError(node, "computes with quantized values");
  else return [node];
  return [];
}

/** Notes what made a value and whether it depends on what is fed. */
function note({ signals, madeBy }: Dequantizer, node: Node): void {
  const depends = dependsOn(node, signals);
  for (const output of node.outputs) {
    if (output === "") continue;
    madeBy.set(output, node.op);
    if (depends) signals.add(output);
  }
}
