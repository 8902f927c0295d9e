import type { Attribute, Graph, Node, Tensor } from "./model.ts";
import { floatTensor, int64Tensor } from "./tensor.ts";

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Appends nodes to a graph under construction; every value it makes gets a name that nothing else has. */
export interface Tape {
  /** Appends a node with one output and returns that output's name. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Appends a node with several outputs and returns their names. */
  emitMany(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[];
  /** The name of a float32 initializer of no dimensions; equal ones are shared. */
  scalar(value: number): string;
  /** The name of a float32 initializer with these values, by default a vector; equal ones are shared. */
  floats(values: readonly number[], dims?: readonly number[]): string;
  /** The name of an int64 initializer with these values, by default a vector; equal ones are shared. */
  ints(values: readonly number[], dims?: readonly number[]): string;
  /** Lets the nodes that follow carry `label` in their names, so that a profile shows what they belong to. */
  within<T>(label: string, action: () => T): T;
  /** A name that nothing else has. */
  fresh(hint: string): string;
  /** Appends a node as it is. */
  push(node: Node): void;
  /** Appends an Identity that gives a value the name `name`. */
  alias(value: string, name: string): void;
  /** The nodes so far, which the tape gives away; its constants and names stay. */
  take(): Node[];
  readonly nodes: Node[];
  readonly initializers: Map<string, Tensor>;
}

/** @param taken names that must not be made again */
export function createTape(taken: Iterable<string>, prefix: string): Tape {
  const used = new Set(taken);
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>();
  const shared = new Map<string, string>();
  const counters = new Map<string, number>();
  let scope = prefix;

  function fresh(hint: string): string {
    for (;;) {
      const count = counters.get(hint) ?? 0;
      counters.set(hint, count + 1);
      const name = count === 0 ? hint : `${hint}_${count}`;
      if (!used.has(name)) {
        used.add(name);
        return name;
      }
    }
  }

  function emitMany(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes = {},
  ): string[] {
    const name = fresh(`${scope}/${op}`);
    const outputs = count === 1 ? [name] : Array.from({ length: count }, (_, i) => fresh(`${name}:${i}`));
    nodes.push({ op, domain: "", name, inputs, outputs, attributes: new Map(Object.entries(attributes)) });
    return outputs;
  }

  function share(key: string, make: (name: string) => Tensor): string {
    const known = shared.get(key);
    if (known !== undefined) return known;
    const name = fresh(`${prefix}/constant`);
    initializers.set(name, make(name));
    shared.set(key, name);
    return name;
  }

  const floats = (values: readonly number[], dims: readonly number[] = [values.length]): string =>
    share(`f ${dims} ${values}`, (name) => floatTensor(name, dims, values));

  return {
    nodes,
    initializers,
    fresh,
    push: (node) => nodes.push(node),
    alias: (value, name) => nodes.push(identity(value, name)),
    take: () => nodes.splice(0),
    emitMany,
    emit: (op, inputs, attributes) => emitMany(op, inputs, 1, attributes)[0] ?? "",
    scalar: (value) => floats([value], []),
    floats,
    ints: (values, dims = [values.length]) =>
      share(`i ${dims} ${values}`, (name) => int64Tensor(name, dims, values)),
    within: (label, action) => {
      const outer = scope;
      scope = `${prefix}/${label}`;
      try {
        return action();
      } finally {
        scope = outer;
      }
    },
  };
}

/** `Identity` under the name of its output. */
export function identity(input: string, output: string): Node {
  return {
    op: "Identity",
    domain: "",
    name: output,
    inputs: [input],
    outputs: [output],
    attributes: new Map(),
  };
}

/** Every name that a graph uses for a value, those of its inner graphs included. */
export function valueNames(graph: Graph): Set<string> {
  const names = new Set<string>(graph.initializers.keys());
  for (const { name } of [...graph.inputs, ...graph.outputs]) names.add(name);
  for (const node of graph.nodes) {
    for (const name of [...node.inputs, ...node.outputs]) names.add(name);
    for (const attribute of node.attributes.values()) {
      if (attribute.kind === "graph") for (const name of valueNames(attribute.value)) names.add(name);
    }
  }
  return names;
}
