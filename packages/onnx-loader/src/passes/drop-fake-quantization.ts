/**
 * Takes the quantization of activations out of a QDQ network. Rounding goes; saturation stays, for quantizers let it stand
 * for Relu and Clip:
 *
 *     DequantizeLinear(QuantizeLinear(x))  becomes  Clip(x, (q_min - zero) scale, (q_max - zero) scale)
 *
 * What is left is the float network on the dequantized weights, which is what a quantized network stands for and what
 * relevance can be propagated through. Weights stay integers in the file, behind their DequantizeLinear.
 */
import { createTape, type Tape, valueNames } from "../emit.ts";
import type { Graph, Model, Node, Tensor } from "../model.ts";
import { elementCount } from "../tensor.ts";
import { producers } from "../topology.ts";
import type { PassResult } from "./pass.ts";

const ranges: Readonly<Record<string, { readonly low: number; readonly high: number }>> = {
  uint8: { low: 0, high: 255 },
  int8: { low: -128, high: 127 },
  uint16: { low: 0, high: 65_535 },
  int16: { low: -32_768, high: 32_767 },
};

export function dropFakeQuantization(model: Model): PassResult {
  const { graph } = model;
  const made = producers(graph);
  const tape = createTape(valueNames(graph), "dequantized");
  let count = 0;
  const nodes = graph.nodes.flatMap((node) => {
    const quantize = node.op === "DequantizeLinear" ? made.get(node.inputs[0] ?? "") : undefined;
    if (quantize?.op !== "QuantizeLinear") return [node];
    tape.nodes.length = 0;
    const clip = clipOf(tape, graph, quantize, node);
    if (clip === undefined) return [node];
    count += 1;
    return [...tape.nodes, clip];
  });
  if (count === 0) return { model, changed: [] };
  const used = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  const kept = nodes.filter(
    (node) => node.op !== "QuantizeLinear" || node.outputs.some((name) => used.has(name)),
  );
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  return {
    model: { ...model, graph: { ...graph, nodes: kept, initializers } },
    changed: [
      `The quantization of ${count} activations is taken out: the float network on the dequantized weights is explained.`,
    ],
  };
}

/** undefined where scale or zero point are not single constants, or the type is none that is known here. */
function clipOf(tape: Tape, graph: Graph, quantize: Node, dequantize: Node): Node | undefined {
  const [input = "", scale = "", zero = ""] = quantize.inputs;
  const step = graph.initializers.get(scale);
  if (step === undefined || elementCount(step.dims) !== 1) return undefined;
  const type = zero === "" ? "uint8" : graph.initializers.get(zero)?.type;
  const range = type === undefined ? undefined : ranges[type];
  if (type === undefined || range === undefined) return undefined;
  const bound = (value: number): string => {
    const name = tape.fresh(`dequantized/${type}`);
    tape.initializers.set(name, integer(name, type, value));
    const end = tape.emit("DequantizeLinear", [name, ...dequantize.inputs.slice(1)]);
    return tape.emit("Reshape", [end, tape.ints([], [0])]);
  };
  const inputs = [input, bound(range.low), bound(range.high)];
  return {
    op: "Clip",
    domain: "",
    name: dequantize.name,
    inputs,
    outputs: dequantize.outputs,
    attributes: new Map(),
  };
}

function integer(name: string, type: Tensor["type"], value: number): Tensor {
  const bytes = type.endsWith("16")
    ? Uint8Array.of(value & 255, (value >> 8) & 255)
    : Uint8Array.of(value & 255);
  return { name, type, dims: [], storage: { kind: "raw", bytes } };
}
