/**
 * Takes lists of tensors apart, which PyTorch's exporters write for x.split(...), x.chunk(...) and lists of feature maps:
 * where it is known what is in a list, SplitToSequence is a Split, SequenceAt one of the tensors, ConcatFromSequence a
 * Concat.
 */

import { int, intAttribute } from "../attributes.ts";
import { constantReader, constantTensors } from "../constants.ts";
import { createTape, identity, type Tape, valueNames } from "../emit.ts";
import type { Graph, Model, Node } from "../model.ts";
import { outputOf } from "../node.ts";
import type { Shapes } from "../shapes.ts";
import { usedValues } from "../topology.ts";

interface Known {
  readonly tape: Tape;
  /** What is in a list, by the list's name. */
  readonly lists: Map<string, readonly string[]>;
  numbers(value: string): readonly number[] | undefined;
  /** How many parts of which size a SplitToSequence makes. */
  sizes(node: Node): readonly number[] | undefined;
}

/** @returns the same model if it has no lists of tensors */
export function lowerSequences(model: Model, shapes: Shapes): Model {
  const { graph } = model;
  if (!graph.nodes.some(({ op }) => op.includes("Sequence"))) return model;
  const tape = createTape(valueNames(graph), "list");
  const tensors = constantTensors(graph);
  const numbers = constantReader(tensors);
  const known: Known = {
    tape,
    lists: new Map(),
    numbers,
    sizes: (node) => {
      const [input = "", split = ""] = node.inputs;
      const dims = shapes.get(input)?.dims ?? [];
      const axis = intAttribute(node, "axis", 0);
      const size = dims[axis < 0 ? axis + dims.length : axis];
      if (typeof size !== "number") return undefined;
      const given = split === "" ? [1] : numbers(split);
      if (given === undefined || (split !== "" && tensors.get(split)?.dims.length === 1)) return given;
      const [part = 1] = given;
      return Array.from({ length: Math.ceil(size / part) }, (_, i) => Math.min(part, size - i * part));
    },
  };
  const nodes = graph.nodes.flatMap((node) => {
    const last = node.domain === "" ? takeApart(node, known) : undefined;
    return [...tape.take(), ...(last ?? [node])];
  });
  const left = withoutUnusedLists({ ...graph, nodes }, known.lists);
  if (left.nodes.every((node, i) => node === graph.nodes[i])) return model;
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  return { ...model, graph: { ...left, initializers } };
}

/** The nodes that replace this one after those on the tape; undefined if it stays. */
function takeApart(node: Node, { tape, lists, numbers, sizes }: Known): Node[] | undefined {
  const [input = "", second = "", third = ""] = node.inputs;
  const output = outputOf(node);
  const list = lists.get(input);
  switch (node.op) {
    case "SequenceEmpty":
      lists.set(output, []);
      return undefined;
    case "SequenceConstruct":
      lists.set(output, node.inputs);
      return undefined;
    case "SequenceInsert": {
      const at = third === "" ? list?.length : place(numbers(third), list);
      if (list !== undefined && at !== undefined) lists.set(output, list.toSpliced(at, 0, second));
      return undefined;
    }
    case "SplitToSequence": {
      const parts = sizes(node);
      if (parts === undefined) return undefined;
      const axis = intAttribute(node, "axis", 0);
      const split = tape.emitMany("Split", [input, tape.ints(parts)], parts.length, { axis: int(axis) });
      const squeezed = second === "" && intAttribute(node, "keepdims", 1) === 0;
      lists.set(
        output,
        squeezed ? split.map((part) => tape.emit("Squeeze", [part, tape.ints([axis])])) : split,
      );
      return [];
    }
    case "SequenceAt": {
      const at = place(numbers(second), list);
      const chosen = at === undefined ? undefined : list?.[at];
      return chosen === undefined ? undefined : [identity(chosen, output)];
    }
    case "ConcatFromSequence": {
      if (list === undefined || list.length === 0) return undefined;
      const axis = intAttribute(node, "axis", 0);
      const stacked = intAttribute(node, "new_axis", 0) === 1;
      const inputs = stacked ? list.map((one) => tape.emit("Unsqueeze", [one, tape.ints([axis])])) : list;
      return [{ ...node, op: "Concat", inputs, attributes: new Map([["axis", int(axis)]]) }];
    }
    default:
      return undefined;
  }
}

/** A place in a list, counted from the end where it is negative. */
function place(
  numbers: readonly number[] | undefined,
  list: readonly string[] | undefined,
): number | undefined {
  const [at] = numbers ?? [];
  return at === undefined || list === undefined || at >= 0 ? at : at + list.length;
}

function withoutUnusedLists(graph: Graph, lists: ReadonlyMap<string, unknown>): Graph {
  const used = new Set(graph.outputs.map(({ name }) => name));
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const output = outputOf(node);
    if (lists.has(output) && !used.has(output)) continue;
    kept.push(node);
    for (const name of usedValues(node)) used.add(name);
  }
  return { ...graph, nodes: kept.reverse() };
}
