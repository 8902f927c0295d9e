/**
 * Integer divisions that end no process. Dividing the lowest number of a type by -1 has no result in it; processors trap, and
 * onnxruntime does not look (it does look for zeros). Where a divisor may hold -1,
 *
 *     a / b   becomes   a / c * s   with   c, s = 1, -1 where b = -1, and b, 1 elsewhere
 *     a mod b becomes   a mod c
 *
 * which is the same for all other numbers, and wraps around for the lowest.
 */
import { subgraphs } from "../attributes.ts";
import { constantReader, constantTensors } from "../constants.ts";
import type { DataType } from "../data-type.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import type { Graph, Model, Node, Tensor } from "../model.ts";
import { inputOf, isOp, outputOf } from "../node.ts";
import { int32Tensor, int64Tensor } from "../tensor.ts";
import { constantType } from "./constant-type.ts";
import type { PassResult } from "./pass.ts";
import { mapGraphs } from "./rename.ts";

/** Narrower integers are divided as 32 bits. */
const trapping = ["int32", "int64"] as const;

type Trapping = (typeof trapping)[number];

export function guardDivision(model: Model): PassResult {
  const { graph } = model;
  if (!hasDivision(graph.nodes)) return { model, changed: [] };
  const tape = createTape(valueNames(graph), "division");
  const nodes = guarded(graph, { types: new Map(), tensors: new Map() }, tape);
  if (nodes === graph.nodes) return { model, changed: [] };
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  return { model: { ...model, graph: { ...graph, nodes, initializers } }, changed: [] };
}

function isDivision(node: Node): boolean {
  return isOp(node, "Div", "Mod");
}

function hasDivision(nodes: readonly Node[]): boolean {
  return nodes.some((node) => isDivision(node) || subgraphs(node).some((inner) => hasDivision(inner.nodes)));
}

/** What is known of the values around a graph. */
interface Scope {
  readonly types: ReadonlyMap<string, DataType>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** @returns the graph's own nodes where none changed */
function guarded(graph: Graph, around: Scope, tape: Tape): readonly Node[] {
  const types = new Map(around.types);
  const tensors = new Map([...around.tensors, ...constantTensors(graph)]);
  const numbers = constantReader(tensors);
  for (const { name, type } of graph.inputs) if (type !== undefined) types.set(name, type.type);
  for (const [name, { type }] of tensors) types.set(name, type);
  let changes = false;
  const nodes = graph.nodes.flatMap((node) => {
    const inside = withGuardedGraphs(node, { types, tensors }, tape);
    changes ||= inside !== node;
    for (const [i, output] of node.outputs.entries()) {
      const type = typeOf(node, i, types);
      if (type !== undefined) types.set(output, type);
    }
    const type = isDivision(node) ? divisionType(node, types) : undefined;
    if (type === undefined || numbers(inputOf(node, 1))?.includes(-1) === false) return [inside];
    changes = true;
    return divided(inside, type, tape);
  });
  return changes ? nodes : graph.nodes;
}

function withGuardedGraphs(node: Node, scope: Scope, tape: Tape): Node {
  let changes = false;
  const attributes = mapGraphs(node.attributes, (inner) => {
    const nodes = guarded(inner, scope, tape);
    changes ||= nodes !== inner.nodes;
    return nodes === inner.nodes ? inner : { ...inner, nodes };
  });
  return changes ? { ...node, attributes } : node;
}

function typeOf(node: Node, output: number, types: ReadonlyMap<string, DataType>): DataType | undefined {
  if (isDivision(node)) return types.get(inputOf(node, 0)) ?? types.get(inputOf(node, 1));
  return constantType(node, output, types);
}

/** "unknown" where nothing is known of either operand. @returns undefined for a type whose division cannot trap */
function divisionType(node: Node, types: ReadonlyMap<string, DataType>): Trapping | "unknown" | undefined {
  const type = types.get(inputOf(node, 0)) ?? types.get(inputOf(node, 1));
  return type === undefined ? "unknown" : trapping.find((one) => one === type);
}

function divided(node: Node, type: Trapping | "unknown", tape: Tape): Node[] {
  const [a, b, output] = [inputOf(node, 0), inputOf(node, 1), outputOf(node)];
  const one = constant(1, type, b, tape);
  const minusOne = constant(-1, type, b, tape);
  const negates = tape.emit("Equal", [b, minusOne]);
  const divisor = tape.emit("Where", [negates, one, b]);
  if (node.op === "Mod") return [...tape.take(), { ...node, inputs: [a, divisor] }];
  const quotient = tape.fresh(`${output}/quotient`);
  const before = tape.take();
  const sign = tape.emit("Where", [negates, minusOne, one]);
  return [
    ...before,
    { ...node, inputs: [a, divisor], outputs: [quotient] },
    ...tape.take(),
    { ...node, op: "Mul", name: tape.fresh(`${output}/sign`), inputs: [quotient, sign], outputs: [output] },
  ];
}

/** The name of a number of a type, or of that which another value has. */
function constant(value: number, type: Trapping | "unknown", like: string, tape: Tape): string {
  const name = tape.fresh(`division/${value}`);
  tape.initializers.set(name, (type === "int32" ? int32Tensor : int64Tensor)(name, [], [value]));
  return type === "unknown" ? tape.emit("CastLike", [name, like]) : name;
}
