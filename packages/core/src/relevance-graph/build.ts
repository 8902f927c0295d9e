/**
 * The relevance graph: which nodes lie between the picture and the logits, what each is to relevance, under which rule,
 * and along which of its inputs relevance goes on. It is data, which `inspect` prints and compile/ turns into nodes.
 */
import {
  inputOf,
  type Model,
  type Node,
  outputOf,
  type Remedy,
  textRemedy,
  UserError,
} from "@onnx-lrp/onnx-loader";
import {
  capitalize,
  constantReader,
  constantTensors,
  describeNode,
  nodeSubject,
  producers,
  type Shapes,
  type Size,
} from "@onnx-lrp/onnx-loader/internal";
import { type Composite, conventionsOf, type Role, ruleAt } from "../composites.ts";
import type { InputPort } from "../input-port/input-port.ts";
import { type MethodName, type UnknownPolicy, unknownPolicies } from "../names.ts";
import type { Behaviour, Linear, Site, Unsupported } from "../operators/operator.ts";
import { operatorOf } from "../operators/registry.ts";
import { sameSize } from "../operators/size.ts";
import { has } from "../operators/traits.ts";
import { findOutputPort } from "../output-port/find.ts";
import { inputShapeOf } from "../output-port/form.ts";
import type { OutputPort } from "../output-port/output-port.ts";
import { type Rule, sharesWhole, uniform } from "../rules/index.ts";
import { defaultParameters } from "../rules/parameters.ts";
import { findInputPreprocessing, type InputPreprocessing } from "./first-layer.ts";
import { imageDependent } from "./flow.ts";
import { type FedValues, type OtherInputs, otherInputsAt } from "./other-inputs.ts";

/** A node that propagates relevance. */
export interface RelevanceNode {
  readonly node: Node;
  readonly site: Site;
  readonly behaviour: Behaviour;
  /** Where a linear layer stands, as composites ask; undefined for other nodes. */
  readonly role: Role | undefined;
  /** The rule of a linear layer; undefined for other nodes, and for gradients. */
  readonly rule: Rule | undefined;
  readonly propagation: Composite["kind"];
  /** How a node without a rule is worked around, if that was asked for (`UnknownPolicy`). */
  readonly unknown?: Exclude<UnknownPolicy, "error">;
  /** Indices of the inputs that relevance goes to. */
  readonly edges: readonly number[];
  /** Where part of its relevance goes to other inputs that were given a value. */
  readonly others?: OtherInputs | undefined;
}

/** What each node between input and scores is to relevance, and under which rule. */
export interface RelevanceGraph {
  readonly model: Model;
  readonly shapes: Shapes;
  readonly image: InputPort;
  /** The value that relevance is sent to: the picture, or a layer's output. */
  readonly attributedValue: string;
  readonly head: OutputPort;
  readonly composite: Composite;
  readonly prefix: InputPreprocessing;
  /** In the order of the forward pass. */
  readonly nodes: readonly RelevanceNode[];
  /** Values that are never negative, whatever the picture. */
  readonly neverNegative: ReadonlySet<string>;
  /** Names of the other inputs that were given a value. */
  readonly fedInputs: readonly string[];
}

export interface RelevanceGraphOptions {
  readonly composite: Composite;
  /** The output with the scores, if the model has several. */
  readonly output?: string | undefined;
  /** Where the scores are, if that is known already. */
  readonly head?: OutputPort | undefined;
  /** Default: `error`. */
  readonly unknown?: UnknownPolicy | undefined;
  /** The value that relevance is sent to, where that is not the picture; what lies before it needs no rule. */
  readonly source?: string | undefined;
  /** Values that depend on other inputs, which were given a value. */
  readonly fed?: FedValues | undefined;
}

/** What blocks an explanation. */
export interface Problem {
  /** undefined for a problem of the network as a whole. */
  readonly node: Node | undefined;
  /** What the node is, or does, that no rule covers: the rest of a sentence, or a sentence of its own. */
  readonly reason: string;
  /** The policies for unknown operations that work around it. */
  readonly policies: readonly UnknownPolicy[];
  /** The same for the user, with what to do about it. */
  readonly error: UserError;
}

/**
 * @param model canonicalized (see canonicalize.ts)
 * @throws UserError `unsupported` naming node, operation and remedies, for any operation on the way from the picture to
 * the logits that has no rule
 */
export function buildRelevanceGraph(
  model: Model,
  shapes: Shapes,
  image: InputPort,
  options: RelevanceGraphOptions,
): RelevanceGraph {
  const { graph, problems } = analyzeRelevanceGraph(model, shapes, image, options);
  checkProblems(problems);
  return graph;
}

/** @throws UserError the first problem's, with the number of the others */
export function checkProblems(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length - 1;
  if (others === 0) throw first.error;
  const { kind, reason, subject, remedies } = first.error;
  const more = `${others} other ${others === 1 ? "problem blocks" : "problems block"} the explanation.`;
  throw new UserError(kind, `${reason} ${more}`, {
    subject,
    remedies: [...remedies, { kind: "inspect", purpose: others === 1 ? "see it" : "list them" }],
  });
}

/**
 * The relevance graph as far as there are rules for it, and every node that blocks the explanation; the graph can be compiled
 * only where there is none.
 */
export function analyzeRelevanceGraph(
  model: Model,
  shapes: Shapes,
  image: InputPort,
  options: RelevanceGraphOptions,
): { graph: RelevanceGraph; problems: readonly Problem[] } {
  const { graph } = model;
  const made = producers(graph);
  const { output } = options;
  const head =
    options.head ??
    findOutputPort({ graph, shapes, batch: image.dims[0] ?? 1, input: inputShapeOf(image) }, { output });
  const { source = image.name } = options;
  const dependent = imageDependent(graph, source);
  if (!dependent.has(head.logits)) {
    const what = source === image.name ? "the picture" : "the layer";
    throw new UserError(
      "unsupported",
      `The output "${head.output}" does not depend on ${what} "${source}".`,
      {
        subject: { value: source },
      },
    );
  }
  const prefix = findInputPreprocessing(graph, image.name, imageDependent(graph, image.name));
  const numbers = constantReader(constantTensors(graph));
  const siteOf = (node: Node): Site => ({
    node,
    isSignal: (index) => dependent.has(inputOf(node, index)),
    dependsOnImage: (value) => dependent.has(value),
    shape: (value) => shapeOf(shapes, value, node),
    numbers,
    producer: (value) => made.get(value),
  });

  const { composite, unknown = "error", fed = new Map() } = options;
  const wanted = new Set([head.logits]);
  const nodes: RelevanceNode[] = [];
  const problems: Problem[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const asked = node.outputs.filter((output) => wanted.has(output) && output !== source);
    if (asked.length === 0 || !node.outputs.some((output) => dependent.has(output))) continue;
    const found = tryDescribe(node, siteOf(node), composite, prefix, unknown);
    if ("error" in found) {
      problems.push(found);
      for (const input of node.inputs) if (dependent.has(input)) wanted.add(input);
    } else {
      for (const index of found.edges) wanted.add(inputOf(node, index));
      nodes.push({ ...found, others: otherInputsAt(node, found.site, found.behaviour, fed) });
    }
  }
  nodes.reverse();
  const neverNegative = signs(graph.nodes, dependent, siteOf);
  return {
    graph: {
      ...{ model, shapes, image, attributedValue: source, head, composite, prefix, nodes, neverNegative },
      fedInputs: [...fed.keys()],
    },
    problems,
  };
}

function shapeOf(shapes: Shapes, value: string, node: Node): readonly Size[] {
  const shape = shapes.get(value);
  if (shape !== undefined) return shape.dims;
  throw new UserError(
    "unsupported",
    `The shape of "${value}" at ${describeNode(node)} is unknown before the run.`,
    {
      subject: { ...nodeSubject(node), value },
      remedies: [
        textRemedy("export the network with fixed sizes (only the batch may stay symbolic)"),
        textRemedy("simplify it with onnxsim"),
      ],
    },
  );
}

/** A node's place in the relevance graph, or why it has none; unknown shapes are a reason too. */
function tryDescribe(...given: Parameters<typeof describe>): RelevanceNode | Problem {
  try {
    return describe(...given);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [node] = given;
    return { node, reason: error.reason, policies: [], error };
  }
}

function describe(
  node: Node,
  site: Site,
  composite: Composite,
  prefix: InputPreprocessing,
  unknown: UnknownPolicy,
): RelevanceNode | Problem {
  const behaviour = operatorOf(node)?.describe(site);
  const plain = { node, site, role: undefined, rule: undefined, propagation: composite.kind } as const;
  const lacking =
    composite.kind === "gradient" && composite.activations === "rescale" && whyNoRescaleRule(node, behaviour);
  if (lacking) return unsupportedNode(node, lacking, []);
  const without = (reason: string, instead?: string): RelevanceNode | Problem => {
    const fallback = composite.kind === "rules" ? fallbackFor(site, behaviour, unknown) : undefined;
    if (fallback !== undefined) return { ...plain, ...fallback };
    const policies = unknownPolicies.filter((policy) => fallbackFor(site, behaviour, policy) !== undefined);
    return unsupportedNode(node, reason, composite.kind === "rules" ? policies : [], instead);
  };
  if (behaviour === undefined) return without("an operation for which onnx-lrp has no rule");
  switch (behaviour.kind) {
    case "unsupported":
      return without(`not covered: it ${behaviour.reason}`, behaviour.instead);
    case "linear": {
      const role = roleOf(node, behaviour, composite, prefix);
      const rule = composite.kind === "rules" ? ruleAt(composite, node, role) : undefined;
      if (rule?.kind === "pass" || rule?.kind === "uniform") return without(misplaced(rule, role));
      return { ...plain, behaviour, role, rule, edges: behaviour.inputs };
    }
    case "bilinear": {
      if (composite.kind === "gradient") return { ...plain, behaviour, edges: behaviour.inputs };
      const role = "attention";
      const rule = ruleAt(composite, node, role);
      if (rule.kind === "pass") return without(misplaced(rule, role));
      const { weights } = behaviour;
      // Where no factor is a constant weight, there is nothing for another rule to share.
      if (weights === undefined || rule.kind === "uniform") {
        const even = rule.kind === "uniform" ? rule : uniform(defaultParameters.epsilon);
        return { ...plain, behaviour, role, rule: even, edges: behaviour.inputs };
      }
      const map = behaviour.linear(weights === 0 ? 1 : 0);
      return { ...plain, behaviour: map, role, rule, edges: map.inputs };
    }
    case "softmax": {
      if (composite.kind === "gradient") return { ...plain, behaviour, edges: [behaviour.input] };
      const role = "attention";
      const rule = ruleAt(composite, node, role);
      if (rule.kind === "uniform") return { ...plain, behaviour, role, rule, edges: [behaviour.input] };
      return { ...plain, behaviour, edges: [] };
    }
    case "pass":
      if (composite.kind === "rules" && behaviour.gradientOnly) {
        return without("an operation for which onnx-lrp has no rule");
      }
      if (composite.kind === "rules" && behaviour.linear !== undefined) {
        const isPreprocessing = prefix.values.has(inputOf(node, behaviour.input));
        const map = behaviour.linear();
        const rule = ruleAt(composite, node, map.role);
        const edges = [behaviour.input];
        const whole = rule.kind !== "uniform" && (rule.kind !== "shares" || sharesWhole(rule));
        if (!isPreprocessing && (rule.kind === "uniform" || (map.role === "normalization" && !whole))) {
          return without(misplaced(rule, map.role));
        }
        if (!isPreprocessing && rule.kind !== "pass") {
          return { ...plain, behaviour: map, role: map.role, rule, edges };
        }
        if (!isPreprocessing) return { ...plain, behaviour, role: map.role, rule, edges };
      }
      if (composite.kind === "gradient" && behaviour.derivative === undefined) {
        return without("a normalization whose gradient onnx-lrp does not emit");
      }
      return { ...plain, behaviour, edges: [behaviour.input] };
    case "route":
      return { ...plain, behaviour, edges: behaviour.inputs };
    case "product": {
      if (composite.kind === "gradient") {
        return { ...plain, behaviour, edges: behaviour.inputs };
      }
      if (behaviour.signal === undefined) {
        if (behaviour.unclear !== undefined) return without(behaviour.unclear);
        return { ...plain, behaviour, edges: behaviour.inputs };
      }
      return { ...plain, behaviour, edges: [behaviour.inputs[behaviour.signal]] };
    }
  }
}

function misplaced({ title }: Rule, role: Role): string {
  return `given the rule ${title}, which is not for the role ${role}`;
}

function roleOf(
  node: Node,
  behaviour: Linear,
  composite: Composite,
  { values, image }: InputPreprocessing,
): Role {
  const input = inputOf(node, behaviour.inputs[0] ?? 0);
  const onPicture = conventionsOf(composite)?.firstLayer === "picture";
  const first = behaviour.weight !== undefined && (onPicture ? input === image : values.has(input));
  return first ? "first" : behaviour.role;
}

/** Why a node has no difference quotient to a reference picture, which DeepLIFT's rescale rule is made of. */
function whyNoRescaleRule(node: Node, behaviour: Behaviour | Unsupported | undefined): string | undefined {
  const none = "an operation for which onnx-lrp has no DeepLIFT rule";
  switch (behaviour?.kind) {
    case "linear":
      return behaviour.inner === undefined ? undefined : none;
    case "softmax":
      return none;
    case "pass":
      return typeof behaviour.derivative === "object" ? none : undefined;
    case "product":
      return behaviour.gradient === undefined || has(node, "linear") ? undefined : none;
    case "route":
      return has(node, "chooses") ? none : undefined;
    default:
      return undefined;
  }
}

/** How a node without a rule is worked around under a policy; undefined if it cannot be. */
function fallbackFor(
  site: Site,
  behaviour: Behaviour | Unsupported | undefined,
  unknown: UnknownPolicy,
): Pick<RelevanceNode, "behaviour" | "edges" | "unknown"> | undefined {
  if (unknown === "error") return undefined;
  if (unknown === "pass") {
    const input = inputShapedLikeOutput(site);
    if (input === undefined) return undefined;
    return { unknown, edges: [input], behaviour: { kind: "pass", input, derivative: undefined } };
  }
  // Of a quotient, which is a product here, the linearization gives R to one and -R to the other: nothing, in sum.
  if (behaviour?.kind !== "pass" || behaviour.derivative === undefined) return undefined;
  return { unknown, edges: [behaviour.input], behaviour };
}

/** The first signal that has the shape of the output. */
function inputShapedLikeOutput({ node, isSignal, shape }: Site): number | undefined {
  const output = shape(outputOf(node));
  const index = node.inputs.findIndex((input, i) => {
    if (!isSignal(i)) return false;
    const dims = shape(input);
    return dims.length === output.length && dims.every((size, axis) => sameSize(size, output[axis]));
  });
  return index < 0 ? undefined : index;
}

function unsupportedNode(
  node: Node,
  reason: string,
  policies: readonly UnknownPolicy[],
  instead?: string,
): Problem {
  const sentence = `${capitalize(describeNode(node))} lies between the picture and the class scores and is ${reason}.`;
  const error = new UserError("unsupported", sentence, {
    subject: nodeSubject(node),
    remedies: [
      ...(instead === undefined ? [] : [textRemedy(instead)]),
      textRemedy("export the network without it (in evaluation mode, with constant folding)"),
      ...workAround(policies),
      {
        kind: "option",
        option: "method",
        values: ["occlusion", "rise", "lime", "kernel-shap"] satisfies MethodName[],
        note: "which need no rules",
      },
      { kind: "add-operator" },
    ],
  });
  return { node, reason, policies, error };
}

function workAround(policies: readonly UnknownPolicy[]): Remedy[] {
  if (policies.length === 0) return [];
  return [
    {
      kind: "option",
      option: "unknown",
      values: policies,
      note: "which propagates through it without a rule",
    },
  ];
}

function signs(
  nodes: readonly Node[],
  dependent: ReadonlySet<string>,
  siteOf: (node: Node) => Site,
): Set<string> {
  const never = new Set<string>();
  for (const node of nodes) {
    const sign = operatorOf(node)?.nonNegative;
    if (sign === undefined || !node.outputs.some((output) => dependent.has(output))) continue;
    const site = siteOf(node);
    const isNonNegative = (index: number) => never.has(inputOf(node, index));
    const signals = node.inputs.flatMap((_, index) => (site.isSignal(index) ? [index] : []));
    const holds =
      sign === "always" ||
      (sign === "preserved" ? signals.every(isNonNegative) && signals.length > 0 : sign(site, isNonNegative));
    if (holds) for (const output of node.outputs) never.add(output);
  }
  return never;
}
