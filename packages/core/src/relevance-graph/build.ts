/**
 * The relevance graph: which nodes lie between the picture and the logits, what each is to relevance, under which rule,
 * and along which of its inputs relevance goes on. It is data, which `inspect` prints and compile/ turns into nodes.
 */
import {
  describeNode,
  type Model,
  type Node,
  producers,
  type Shapes,
  type Size,
  UserError,
} from "@onnx-lrp/onnx-loader";
import type { Composite, Role } from "../composites.ts";
import { operators } from "../operators/index.ts";
import type { Behaviour, OperatorEntry, Site } from "../operators/operator.ts";
import type { Rule } from "../rules/index.ts";
import { constantReader } from "./constants.ts";
import { type Prefix, picturePrefix } from "./first-layer.ts";
import { imageDependent } from "./flow.ts";
import { findHead, type Head } from "./head.ts";
import type { ImageInput } from "./image.ts";

/** A node that hands on relevance. */
export interface RelevanceNode {
  readonly node: Node;
  readonly site: Site;
  readonly behaviour: Behaviour;
  /** Where a linear layer stands, as composites ask; undefined for other nodes. */
  readonly role: Role | undefined;
  /** The rule of a linear layer; undefined for other nodes, and for gradients. */
  readonly rule: Rule | undefined;
  readonly propagation: Composite["kind"];
  /** Indices of the inputs that relevance goes to. */
  readonly edges: readonly number[];
}

export interface RelevanceGraph {
  readonly model: Model;
  readonly shapes: Shapes;
  readonly image: ImageInput;
  readonly head: Head;
  readonly composite: Composite;
  readonly prefix: Prefix;
  /** In the order of the forward pass. */
  readonly nodes: readonly RelevanceNode[];
  /** Values that are never negative, whatever the picture. */
  readonly neverNegative: ReadonlySet<string>;
}

export interface RelevanceGraphOptions {
  readonly composite: Composite;
  readonly output?: string | undefined;
}

/**
 * @param model canonicalized (see canonicalize.ts)
 * @throws UserError `unsupported` naming node, operation and the ways out, for any operation on the way from the picture
 * to the logits that has no rule
 */
export function buildRelevanceGraph(
  model: Model,
  shapes: Shapes,
  image: ImageInput,
  options: RelevanceGraphOptions,
): RelevanceGraph {
  const { graph } = model;
  const made = producers(graph);
  const head = findHead(graph, made, shapes, options.output);
  const dependent = imageDependent(graph, image.name);
  if (!dependent.has(head.logits)) {
    throw new UserError(
      "unsupported",
      `The output "${head.output}" does not depend on the picture "${image.name}".`,
    );
  }
  const prefix = picturePrefix(graph, image.name, dependent);
  const numbers = constantReader(graph);
  const siteOf = (node: Node): Site => ({
    node,
    isSignal: (index) => dependent.has(node.inputs[index] ?? ""),
    dependsOnImage: (value) => dependent.has(value),
    shape: (value) => shapeOf(shapes, value, node),
    numbers,
    producer: (value) => made.get(value),
  });

  const { composite } = options;
  const wanted = new Set([head.logits]);
  const nodes: RelevanceNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const asked = node.outputs.filter((output) => wanted.has(output));
    if (asked.length === 0 || !node.outputs.some((output) => dependent.has(output))) continue;
    const found = describe(node, siteOf(node), composite, prefix);
    for (const index of found.edges) wanted.add(node.inputs[index] ?? "");
    nodes.push(found);
  }
  nodes.reverse();
  return {
    model,
    shapes,
    image,
    head,
    composite,
    prefix,
    nodes,
    neverNegative: signs(graph.nodes, dependent, siteOf),
  };
}

function shapeOf(shapes: Shapes, value: string, node: Node): readonly Size[] {
  const shape = shapes.get(value);
  if (shape !== undefined) return shape.dims;
  throw new UserError(
    "unsupported",
    `The shape of "${value}" at ${describeNode(node)} is not known before the run. Export the network with fixed sizes ` +
      "(only the batch may stay symbolic), or simplify it with onnxsim.",
  );
}

function describe(node: Node, site: Site, composite: Composite, prefix: Prefix): RelevanceNode {
  const entry = entryOf(node);
  if (entry === undefined) throw unsupported(node, "an operation for which onnx-lrp has no rule");
  const behaviour = entry.describe(site);
  const plain = { node, site, role: undefined, rule: undefined, propagation: composite.kind } as const;
  switch (behaviour.kind) {
    case "refused":
      throw unsupported(node, `not covered: it ${behaviour.reason}`);
    case "linear": {
      const first =
        behaviour.weight !== undefined && prefix.values.has(node.inputs[behaviour.inputs[0] ?? 0] ?? "");
      const role: Role = first ? "first" : behaviour.role;
      const rule = composite.kind === "rules" ? composite.rules[role] : undefined;
      return { ...plain, behaviour, role, rule, edges: behaviour.inputs };
    }
    case "pass":
      if (composite.kind === "rules" && behaviour.gradientOnly) {
        throw unsupported(node, "an operation for which onnx-lrp has no rule");
      }
      if (composite.kind === "gradient" && behaviour.derivative === undefined) {
        throw unsupported(node, "a normalization whose gradient onnx-lrp does not emit");
      }
      return { ...plain, behaviour, edges: [behaviour.input] };
    case "route":
      return { ...plain, behaviour, edges: behaviour.inputs };
    case "product": {
      if (composite.kind === "gradient") {
        return { ...plain, behaviour, edges: behaviour.inputs };
      }
      if (behaviour.signal === undefined) {
        throw unsupported(
          node,
          "a product of two signals neither of which is known to be a gate (Sigmoid, HardSigmoid, Softmax, or a Clip of an affine function)",
        );
      }
      return { ...plain, behaviour, edges: [behaviour.inputs[behaviour.signal]] };
    }
  }
}

function entryOf(node: Node): OperatorEntry | undefined {
  return node.domain === "" ? operators.get(node.op) : undefined;
}

function unsupported(node: Node, what: string): UserError {
  return new UserError(
    "unsupported",
    `${capital(describeNode(node))} lies between the picture and the class scores and is ${what}. Ways out: export the ` +
      "network without it (in evaluation mode, with constant folding), or give it an entry in the operator table " +
      '(CONTRIBUTING.md, "Add an operator").',
  );
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function signs(
  nodes: readonly Node[],
  dependent: ReadonlySet<string>,
  siteOf: (node: Node) => Site,
): Set<string> {
  const never = new Set<string>();
  for (const node of nodes) {
    const sign = entryOf(node)?.sign;
    if (sign === undefined || !node.outputs.some((output) => dependent.has(output))) continue;
    const site = siteOf(node);
    const kept = (index: number) => never.has(node.inputs[index] ?? "");
    const signals = node.inputs.flatMap((_, index) => (site.isSignal(index) ? [index] : []));
    const holds =
      sign === "never-negative" ||
      (sign === "kept" ? signals.every(kept) && signals.length > 0 : sign(site, kept));
    if (holds) for (const output of node.outputs) never.add(output);
  }
  return never;
}
