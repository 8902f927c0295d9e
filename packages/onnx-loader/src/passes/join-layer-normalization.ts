/**
 * Layer normalization that is written out, as exporters do for opsets before 17, becomes the operation that it is:
 *
 *     m = ReduceMean(x)    d = x - m    v = ReduceMean(d²)    y = d / Sqrt(v + epsilon) * w + b
 *
 * so that what is decided for LayerNormalization holds for it. Over the last axes only, as that operation is; w and b where they
 * are constants of those axes, each used for nothing else.
 */
import { intAttribute, intsAttribute } from "../attributes.ts";
import { type ConstantReader, constantReader, constantTensors } from "../constants.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import type { Graph, Model, Node } from "../model.ts";
import { inputOf, isOp, nodeLabel, outputOf } from "../node.ts";
import { removeUnused } from "../remove-unused.ts";
import type { Shapes } from "../shapes.ts";
import { consumers, producers } from "../topology.ts";
import { constantValues } from "./constant-values.ts";
import type { PassResult } from "./pass.ts";

/** @param shapes of every value */
export function joinLayerNormalization(model: Model, shapes: Shapes): PassResult {
  const { graph } = model;
  const view = viewOf(graph, shapes);
  const tape = createTape(valueNames(graph), "normalization");
  const joined = new Map<Node, readonly Node[]>();
  for (const node of graph.nodes) {
    const core = normalizationAt(node, view);
    if (core === undefined) continue;
    const affine = affineAfter(node, core, view);
    joined.set(
      affine.last,
      tape.within(nodeLabel(node), () => emit(tape, core, affine)),
    );
  }
  if (joined.size === 0) return { model, changed: [] };
  const nodes = graph.nodes.flatMap((node) => joined.get(node) ?? [node]);
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const count = joined.size;
  return {
    model: { ...model, graph: removeUnused({ ...graph, nodes, initializers }) },
    changed: [
      count === 1
        ? "A layer normalization that is written out is joined."
        : `${count} layer normalizations that are written out are joined.`,
    ],
  };
}

interface View {
  readonly made: ReadonlyMap<string, Node>;
  readonly users: ReadonlyMap<string, readonly Node[]>;
  readonly outputs: ReadonlySet<string>;
  readonly shapes: Shapes;
  readonly numbers: ConstantReader;
  readonly isConstant: (value: string) => boolean;
}

function viewOf(graph: Graph, shapes: Shapes): View {
  return {
    made: producers(graph),
    users: consumers(graph),
    outputs: new Set(graph.outputs.map(({ name }) => name)),
    shapes,
    numbers: constantReader(constantTensors(graph), 1),
    isConstant: constantValues(graph),
  };
}

/** (x - mean) / sqrt(variance + epsilon). */
interface Normalization {
  readonly x: string;
  /** The sizes that it is over. */
  readonly sizes: readonly number[];
  readonly axis: number;
  readonly epsilon: number;
}

function madeBy(view: View, value: string, op: string): Node | undefined {
  const node = view.made.get(value);
  return node !== undefined && isOp(node, op) ? node : undefined;
}

/** At the division; undefined for any other node. */
function normalizationAt(node: Node, view: View): Normalization | undefined {
  if (node.domain !== "") return undefined;
  if (node.op === "Div") return normalization(inputOf(node, 0), inputOf(node, 1), view);
  if (node.op !== "Mul") return undefined;
  for (const at of [0, 1]) {
    const deviation = invertedBy(view, inputOf(node, at));
    if (deviation !== undefined) return normalization(inputOf(node, 1 - at), deviation, view);
  }
  return undefined;
}

/** What a value is one over. */
function invertedBy(view: View, value: string): string | undefined {
  const inverse = madeBy(view, value, "Reciprocal");
  if (inverse !== undefined) return inputOf(inverse, 0);
  const quotient = madeBy(view, value, "Div");
  return quotient && view.numbers(inputOf(quotient, 0))?.[0] === 1 ? inputOf(quotient, 1) : undefined;
}

function normalization(centred: string, deviation: string, view: View): Normalization | undefined {
  const root = madeBy(view, deviation, "Sqrt");
  const sum = root && madeBy(view, inputOf(root, 0), "Add");
  if (sum === undefined) return undefined;
  for (const at of [0, 1]) {
    const [epsilon] = view.numbers(inputOf(sum, at)) ?? [];
    const variance = madeBy(view, inputOf(sum, 1 - at), "ReduceMean");
    if (epsilon === undefined || variance === undefined) continue;
    const x = centredValue(centred, variance, view);
    const square = squared(inputOf(variance, 0), view);
    if (x === undefined || square === undefined) return undefined;
    if (square !== centred && centredValue(square, variance, view) !== x) return undefined;
    const over = lastAxes(variance, x, view);
    return over && { x, epsilon, ...over };
  }
  return undefined;
}

/** What a value is the square of. */
function squared(value: string, view: View): string | undefined {
  const power = madeBy(view, value, "Pow");
  if (power !== undefined) return view.numbers(inputOf(power, 1))?.[0] === 2 ? inputOf(power, 0) : undefined;
  const product = madeBy(view, value, "Mul");
  const [a, b] = product?.inputs ?? [];
  return a === b ? a : undefined;
}

/** x, of which a value is x - mean, where the mean is over the axes that another one is over. */
function centredValue(value: string, other: Node, view: View): string | undefined {
  const difference = madeBy(view, value, "Sub");
  const mean = difference && madeBy(view, inputOf(difference, 1), "ReduceMean");
  if (difference === undefined || mean === undefined) return undefined;
  const x = inputOf(difference, 0);
  if (inputOf(mean, 0) !== x) return undefined;
  const [a, b] = [lastAxes(mean, x, view), lastAxes(other, x, view)];
  return a !== undefined && a.axis === b?.axis ? x : undefined;
}

/** Of a mean over the last axes, which it keeps with a size of 1: the first of them, and their sizes. */
function lastAxes(mean: Node, x: string, view: View): Pick<Normalization, "axis" | "sizes"> | undefined {
  const dims = view.shapes.get(x)?.dims;
  const axes = intsAttribute(mean, "axes");
  if (dims === undefined || axes === undefined || intAttribute(mean, "keepdims", 1) !== 1) return undefined;
  const rank = dims.length;
  const places = [...new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))];
  const axis = Math.min(...places);
  const sizes = dims.slice(axis);
  const isLast = places.length === rank - axis && places.every((place) => place < rank);
  if (!isLast || !sizes.every((size) => typeof size === "number")) return undefined;
  return { axis, sizes: sizes.map(Number) };
}

interface Affine {
  readonly scale: string | undefined;
  readonly bias: string | undefined;
  /** The node whose output is the whole. */
  readonly last: Node;
}

function affineAfter(node: Node, core: Normalization, view: View): Affine {
  const product = next(node, "Mul", core, view);
  if (product === undefined) return { scale: undefined, bias: undefined, last: node };
  const sum = next(product.node, "Add", core, view);
  return { scale: product.constant, bias: sum?.constant, last: sum?.node ?? product.node };
}

/** The only node that uses another's output, where it applies a constant of the normalized axes. */
function next(
  node: Node,
  op: "Mul" | "Add",
  { sizes }: Normalization,
  view: View,
): { readonly node: Node; readonly constant: string } | undefined {
  const value = outputOf(node);
  const [user, ...others] = view.users.get(value) ?? [];
  if (user === undefined || others.length > 0 || view.outputs.has(value)) return undefined;
  if (user.domain !== "" || user.op !== op) return undefined;
  const constant = user.inputs.find((name) => name !== value) ?? "";
  const dims = view.shapes.get(constant)?.dims ?? [];
  const fits = dims.length === sizes.length && dims.every((size, i) => size === sizes[i]);
  return fits && view.isConstant(constant) ? { node: user, constant } : undefined;
}

function emit(tape: Tape, core: Normalization, { scale, bias, last }: Affine): Node[] {
  const { x, axis, epsilon, sizes } = core;
  const ones = () =>
    tape.floats(new Array<number>(sizes.reduce((all, size) => all * size, 1)).fill(1), sizes);
  tape.push({
    ...{ op: "LayerNormalization", domain: "", name: last.name, outputs: [outputOf(last)] },
    inputs: [x, scale ?? ones(), ...(bias === undefined ? [] : [bias])],
    attributes: new Map([
      ["axis", { kind: "int", value: BigInt(axis) }],
      ["epsilon", { kind: "float", value: epsilon }],
    ]),
  });
  return tape.take();
}
