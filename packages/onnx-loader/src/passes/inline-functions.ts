/**
 * Puts the body of a model-local function where the function is called, as PyTorch's newer exporter and onnxscript write
 * them. A call f(a, b; alpha) becomes the nodes of f with
 *
 *   - its parameters named as the call's inputs and outputs, parameters left out as "",
 *   - a reference to the attribute alpha replaced by the call's, else by the function's default, else left out,
 *   - every other value under a fresh name,
 *
 * again and again until no call is left. The domains of the functions then go from the file's list.
 *
 * A function says itself which opset its nodes are of. Where that is not the model's, both are raised to 17, and beyond
 * that a newer one is taken for all, so far as no operation there changed in between.
 */

import { describeNode, nodeSubject } from "../attributes.ts";
import { createTape, identity, type Tape, valueNames } from "../emit.ts";
import { capitalize, textRemedy, UserError } from "../error.ts";
import { type LocalFunction, readFunctions } from "../functions.ts";
import { beyondLimit, limit } from "../limits.ts";
import type { Attribute, Graph, Model, Node, Tensor } from "../model.ts";
import { inputOf, outputOf } from "../node.ts";
import { changedBetween } from "./later-changes.ts";
import type { PassResult } from "./pass.ts";
import { raiseOpset } from "./raise-opset.ts";
import { mapGraphs, renameNode } from "./rename.ts";

/** A function whose nodes are of the model's opset, with the constants that raising it made. */
interface Body extends LocalFunction {
  readonly initializers: ReadonlyMap<string, Tensor>;
}

interface Inliner {
  readonly bodies: ReadonlyMap<string, Body>;
  readonly tape: Tape;
  /** Names of the functions that are being inlined, the outermost first. */
  readonly within: readonly string[];
  /** Of the functions and graphs around a node. */
  readonly depth: number;
  readonly used: Set<string>;
  /** How many nodes there are so far. */
  readonly count: { nodes: number };
}

/**
 * @throws UserError `model` when a function calls itself or a call does not fit; `unsupported` when the opsets of the
 * model and of a function do not go together
 */
export function inlineFunctions(model: Model): PassResult {
  if (model.functions.length === 0) return { model, changed: [] };
  const functions = readFunctions(model);
  const { main, bodies, opsets } = settleOpsets(model, functions);
  const tape = createTape(valueNames(main.graph), "inlined");
  const inliner: Inliner = {
    bodies: new Map(bodies.map((body) => [keyOf(body), body])),
    tape,
    within: [],
    depth: 0,
    used: new Set(),
    count: { nodes: 0 },
  };
  const nodes = inlineCalls(main.graph.nodes, inliner);
  const initializers = new Map([...main.graph.initializers, ...tape.initializers]);
  const names = new Set([...inliner.used].map((key) => inliner.bodies.get(key)?.name ?? key));
  const changed =
    names.size === 0
      ? []
      : [
          `The function${names.size === 1 ? "" : "s"} that the model defines (${[...names].join(", ")}) ${names.size === 1 ? "is" : "are"} inlined.`,
        ];
  return {
    model: { ...main, opsets, functions: [], graph: { ...main.graph, nodes, initializers } },
    changed,
  };
}

function keyOf({ domain, name, overload }: LocalFunction): string {
  return `${domain}:${name}:${overload}`;
}

function keyOfCall({ domain, op, overload = "" }: Node): string {
  return `${domain}:${op}:${overload}`;
}

function inlineCalls(nodes: readonly Node[], inliner: Inliner): Node[] {
  const { depth, count } = inliner;
  return nodes.flatMap((node) => {
    count.nodes += 1;
    if (count.nodes > limit("nodes")) {
      throw beyondLimit(
        "nodes",
        "model",
        `The functions that the model defines come to more than ${limit("nodes")} nodes where they are called.`,
      );
    }
    const key = keyOfCall(node);
    const body = inliner.bodies.get(key);
    if (body !== undefined) return inlineCall(node, key, body, inliner);
    if (![...node.attributes.values()].some(({ kind }) => kind === "graph")) return [node];
    const deeper = { ...inliner, depth: depth + 1 };
    const inside = (graph: Graph): Graph => ({ ...graph, nodes: inlineCalls(graph.nodes, deeper) });
    return [{ ...node, attributes: mapGraphs(node.attributes, inside) }];
  });
}

function inlineCall(call: Node, key: string, body: Body, inliner: Inliner): Node[] {
  const { tape, within, depth } = inliner;
  if (depth >= limit("nesting")) {
    throw beyondLimit(
      "nesting",
      "model",
      `${capitalize(describeNode(call))} is a function within functions, more than ${limit("nesting")} deep.`,
      { subject: nodeSubject(call) },
    );
  }
  if (within.includes(key)) {
    throw new UserError(
      "model",
      `${capitalize(describeNode(call))} is a function that calls itself, which ONNX forbids.`,
      { subject: nodeSubject(call) },
    );
  }
  if (call.inputs.length > body.inputs.length || call.outputs.length > body.outputs.length) {
    throw new UserError(
      "model",
      `${capitalize(describeNode(call))} calls the model's function ${body.name} with more inputs or outputs than it has.`,
      { subject: nodeSubject(call) },
    );
  }
  inliner.used.add(key);
  const label = call.name || (call.outputs.find((name) => name !== "") ?? body.name);
  const names = new Map<string, string>([["", ""]]);
  for (const [i, parameter] of body.inputs.entries()) names.set(parameter, inputOf(call, i));
  const results: Node[] = [];
  for (const [i, result] of body.outputs.entries()) {
    const wanted = outputOf(call, i);
    if (wanted === "") continue;
    // A result that is a parameter, or another result too, has a name already.
    const known = names.get(result);
    if (known === undefined) names.set(result, wanted);
    else results.push(identity(known, wanted));
  }
  const rename = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const fresh = tape.fresh(`${label}/${name}`);
    names.set(name, fresh);
    return fresh;
  };
  for (const [name, tensor] of body.initializers) {
    const fresh = rename(name);
    tape.initializers.set(fresh, { ...tensor, name: fresh });
  }
  const given = new Map([...body.defaults, ...call.attributes]);
  const nodes = body.nodes.map((node) =>
    renameNode(resolveReferences(node, given), rename, `${label}/${node.name || node.op}`),
  );
  return [...inlineCalls(nodes, { ...inliner, within: [...within, key], depth: depth + 1 }), ...results];
}

/** The node with the call's attributes in place of references to them. */
function resolveReferences(node: Node, given: ReadonlyMap<string, Attribute>): Node {
  const resolved = [...node.attributes].flatMap(([name, attribute]): [string, Attribute][] => {
    if (attribute.kind !== "reference") return [[name, attribute]];
    const value = given.get(attribute.value);
    return value === undefined ? [] : [[name, value]];
  });
  const inside = (graph: Graph): Graph => ({
    ...graph,
    nodes: graph.nodes.map((inner) => resolveReferences(inner, given)),
  });
  return { ...node, attributes: mapGraphs(new Map(resolved), inside) };
}

interface Settled {
  readonly main: Model;
  readonly bodies: readonly Body[];
  readonly opsets: Readonly<Record<string, number>>;
}

function settleOpsets(model: Model, functions: readonly LocalFunction[]): Settled {
  const none = new Map<string, Tensor>();
  const versions = new Set(
    [model, ...functions].map(({ opsets }) => opsets[""]).filter((v) => v !== undefined),
  );
  const raise = versions.size > 1;
  const main = raise && model.opsets[""] !== undefined ? raiseOpset(model).model : model;
  const bodies = functions.map((one): Body => {
    if (!raise || one.opsets[""] === undefined) return { ...one, initializers: none };
    const graph: Graph = { ...emptyGraph, nodes: one.nodes };
    const { model: raised } = raiseOpset({ ...model, opsets: one.opsets, graph });
    return {
      ...one,
      opsets: raised.opsets,
      nodes: raised.graph.nodes,
      initializers: raised.graph.initializers,
    };
  });
  const newest = Math.max(...[main, ...bodies].map(({ opsets }) => opsets[""] ?? 0));
  refuseChanges("its graph", main.graph.nodes, main.opsets[""], newest);
  for (const { name, nodes, opsets } of bodies)
    refuseChanges(`its function ${name}`, nodes, opsets[""], newest);
  const own = new Set(functions.map(({ domain }) => domain));
  const opsets = new Map<string, number>();
  for (const { opsets: listed } of [main, ...bodies]) {
    for (const [domain, version] of Object.entries(listed)) {
      if (domain !== "" && own.has(domain)) continue;
      opsets.set(domain, Math.max(opsets.get(domain) ?? 0, version));
    }
  }
  return { main, bodies, opsets: Object.fromEntries(opsets) };
}

const emptyGraph: Graph = {
  name: "",
  nodes: [],
  initializers: new Map(),
  inputs: [],
  outputs: [],
  valueInfo: [],
  overridable: new Set(),
  carried: [],
};

function refuseChanges(what: string, nodes: readonly Node[], from: number | undefined, to: number): void {
  const op = from === undefined ? undefined : changedBetween(nodes, from, to);
  if (op === undefined) return;
  throw new UserError(
    "unsupported",
    `The model and the functions that it defines use different opsets of ONNX: ${what} uses ${op} of opset ${from}, another ` +
      `part opset ${to}, and ${op} changed in between.`,
    {
      remedies: [
        textRemedy("export the network with one opset for all"),
        textRemedy("inline its functions first (onnx.inliner.inline_local_functions in Python)"),
      ],
    },
  );
}
