/**
 * Writes com.microsoft's fused float operations, which onnxruntime puts into the networks that it saves, as ONNX's own:
 *
 *     FusedConv     act(Conv(x, w, b) + z)                FusedGemm  act(Gemm(a, b, c))
 *     FusedMatMul, TransposeMatMul                        alpha a' b'
 *     Gelu          x (1 + erf(x / sqrt 2)) / 2           BiasGelu   Gelu(x + bias)
 *     FastGelu      y (1 + tanh(sqrt(2/pi) (y + 0.044715 y^3))) / 2, y = x + bias
 *     QuickGelu     x sigmoid(alpha x)
 */

import {
  describeNode,
  floatAttribute,
  intAttribute,
  ints,
  nodeSubject,
  stringAttribute,
} from "../attributes.ts";
import { constantTensors } from "../constants.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import { capitalize, textRemedy, UserError } from "../error.ts";
import { lookUp } from "../look-up.ts";
import type { Attribute, Model, Node, Tensor } from "../model.ts";
import { inputOf, nodeLabel } from "../node.ts";
import type { PassResult } from "./pass.ts";

interface Context {
  readonly tape: Tape;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Emits what the node computes. @returns the last node, which makes the node's output, without that name */
type Split = (node: Node, context: Context) => Part;

interface Part {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

const splits: Readonly<Record<string, Split>> = {
  BiasGelu: (node, { tape }) => gelu(tape, tape.emit("Add", inputsOf(node, 2))),
  FastGelu: fastGelu,
  FusedConv: fusedConv,
  FusedGemm: fusedGemm,
  FusedMatMul: fusedMatMul,
  Gelu: (node, { tape }) => gelu(tape, inputOf(node, 0)),
  QuickGelu: quickGelu,
  TransposeMatMul: fusedMatMul,
};

/** @throws UserError `unsupported` naming the node whose activation or transposition is not known here */
export function decomposeFusedOps(model: Model): PassResult {
  const { graph } = model;
  const isFused = ({ domain, op }: Node) => domain === "com.microsoft" && lookUp(splits, op) !== undefined;
  const count = graph.nodes.filter(isFused).length;
  if (count === 0) return { model, changed: [] };
  const tape = createTape(valueNames(graph), "split");
  const context = { tape, tensors: constantTensors(graph) };
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const split = isFused(node) ? lookUp(splits, node.op) : undefined;
    if (split === undefined) return [node];
    const { op, inputs, attributes = {} } = tape.within(nodeLabel(node), () => split(node, context));
    const last = { ...node, domain: "", op, inputs, attributes: new Map(Object.entries(attributes)) };
    return [...tape.take(), last];
  });
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  return {
    model: { ...model, graph: { ...graph, nodes, initializers } },
    changed: [
      `${count} fused operation${count === 1 ? "" : "s"} of onnxruntime's ${count === 1 ? "is" : "are"} written out.`,
    ],
  };
}

function inputsOf(node: Node, count: number): string[] {
  return Array.from({ length: count }, (_, i) => inputOf(node, i));
}

function without(node: Node, ...names: readonly string[]): Record<string, Attribute> {
  return Object.fromEntries([...node.attributes].filter(([name]) => !names.includes(name)));
}

function gelu(tape: Tape, x: string): Part {
  const erf = tape.emit("Erf", [tape.emit("Div", [x, tape.scalar(Math.SQRT2)])]);
  const product = tape.emit("Mul", [x, tape.emit("Add", [erf, tape.scalar(1)])]);
  return { op: "Mul", inputs: [product, tape.scalar(0.5)] };
}

function fastGelu(node: Node, { tape }: Context): Part {
  const [input = "", bias = ""] = node.inputs;
  const x = bias === "" ? input : tape.emit("Add", [input, bias]);
  const cube = tape.emit("Mul", [tape.emit("Pow", [x, tape.scalar(3)]), tape.scalar(0.044715)]);
  const scaled = tape.emit("Mul", [tape.emit("Add", [x, cube]), tape.scalar(Math.sqrt(2 / Math.PI))]);
  const gate = tape.emit("Add", [tape.emit("Tanh", [scaled]), tape.scalar(1)]);
  return { op: "Mul", inputs: [tape.emit("Mul", [x, gate]), tape.scalar(0.5)] };
}

function quickGelu(node: Node, { tape }: Context): Part {
  const x = inputOf(node, 0);
  const alpha = floatAttribute(node, "alpha", 1.702);
  const scaled = alpha === 1 ? x : tape.emit("Mul", [x, tape.scalar(alpha)]);
  return { op: "Mul", inputs: [x, tape.emit("Sigmoid", [scaled])] };
}

function fusedConv(node: Node, { tape }: Context): Part {
  const [x = "", w = "", b = "", z = ""] = node.inputs;
  const given = node.attributes.get("activation_params");
  const parameters = given?.kind === "floats" ? given.value : [];
  const attributes = without(node, "activation", "activation_params");
  const layer: Part = { op: "Conv", inputs: b === "" ? [x, w] : [x, w, b], attributes };
  const sum: Part = z === "" ? layer : { op: "Add", inputs: [emitted(tape, layer), z] };
  return activated(node, tape, sum, parameters);
}

function fusedGemm(node: Node, { tape }: Context): Part {
  const names = ["alpha", "beta", "gamma"].map((name) => `activation_${name}`);
  const parameters = names.flatMap((name) =>
    node.attributes.has(name) ? [floatAttribute(node, name, 0)] : [],
  );
  const attributes = without(node, "activation", ...names);
  return activated(node, tape, { op: "Gemm", inputs: node.inputs, attributes }, parameters);
}

function emitted(tape: Tape, { op, inputs, attributes }: Part): string {
  return tape.emit(op, inputs, attributes);
}

/** Activations with the names of their parameters, in the order in which they are given. */
const activations: Readonly<Record<string, readonly string[]>> = {
  Elu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  LeakyRelu: ["alpha"],
  Relu: [],
  Selu: ["alpha", "gamma"],
  Sigmoid: [],
  Softplus: [],
  Softsign: [],
  Tanh: [],
  ThresholdedRelu: ["alpha"],
};

function activated(node: Node, tape: Tape, layer: Part, parameters: readonly number[]): Part {
  const activation = stringAttribute(node, "activation", "");
  if (activation === "") return layer;
  if (activation === "Clip") {
    const [low = -Infinity, high = Infinity] = parameters;
    return { op: "Clip", inputs: [emitted(tape, layer), tape.scalar(low), tape.scalar(high)] };
  }
  const names = lookUp(activations, activation);
  if (names === undefined) {
    throw notSplit(node, `has the activation ${activation}, which onnx-lrp does not know`);
  }
  const attributes = Object.fromEntries(
    names.flatMap((name, i): [string, Attribute][] => {
      const value = parameters[i];
      return value === undefined ? [] : [[name, { kind: "float", value }]];
    }),
  );
  return { op: activation, inputs: [emitted(tape, layer)], attributes };
}

function fusedMatMul(node: Node, { tape, tensors }: Context): Part {
  const [a = "", b = ""] = node.inputs;
  const turned = (name: string, side: "A" | "B"): string => {
    if (intAttribute(node, `transBatch${side}`, 0) !== 0)
      throw notSplit(node, "transposes an activation whose shape is not known beforehand");
    if (intAttribute(node, `trans${side}`, 0) === 0) return name;
    const rank = tensors.get(name)?.dims.length;
    if (rank === undefined)
      throw notSplit(node, "transposes an activation whose shape is not known beforehand");
    if (rank < 2) return name;
    const axes = Array.from({ length: rank }, (_, i) => i);
    return tape.emit("Transpose", [name], { perm: ints([...axes.slice(0, -2), rank - 1, rank - 2]) });
  };
  const product: Part = { op: "MatMul", inputs: [turned(a, "A"), turned(b, "B")] };
  const alpha = floatAttribute(node, "alpha", 1);
  if (alpha === 1) return product;
  return { op: "Mul", inputs: [emitted(tape, product), tape.scalar(alpha)] };
}

function notSplit(node: Node, why: string): UserError {
  return new UserError("unsupported", `${capitalize(describeNode(node))} ${why}.`, {
    subject: nodeSubject(node),
    remedies: [textRemedy("explain the network as it was before onnxruntime optimized it")],
  });
}
