/**
 * The relevance graph: which nodes lie between the picture and the logits, what each is to relevance, under which rule,
 * and along which of its inputs relevance goes on. It is data, which `inspect` prints and compile/ turns into nodes.
 */
import { inputOf, type Model, type Node, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import {
  constantReader,
  constantTensors,
  describeNode,
  nodeSubject,
  producers,
  type Shapes,
  type Size,
} from "@onnx-lrp/onnx-loader/internal";
import type { Composite } from "../composites.ts";
import type { InputPort } from "../input-port/input-port.ts";
import type { UnknownPolicy } from "../names.ts";
import type { Site } from "../operators/operator.ts";
import { operatorOf } from "../operators/registry.ts";
import { findOutputPort } from "../output-port/find.ts";
import { inputShapeOf } from "../output-port/form.ts";
import type { OutputPort } from "../output-port/output-port.ts";
import { describeRelevance } from "./describe.ts";
import { discreteValues } from "./discrete.ts";
import { findInputPreprocessing, type InputPreprocessing } from "./first-layer.ts";
import { imageDependent } from "./flow.ts";
import type { RelevanceNode } from "./node.ts";
import { type FedValues, otherInputsAt } from "./other-inputs.ts";
import { checkProblems, type Problem } from "./problem.ts";

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
  const discrete = discreteValues(graph, shapes, dependent, source);
  const wanted = new Set([head.logits]);
  const nodes: RelevanceNode[] = [];
  const problems: Problem[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const asked = node.outputs.filter((output) => wanted.has(output) && output !== source);
    if (asked.length === 0 || !node.outputs.some((output) => dependent.has(output))) continue;
    const found = describeRelevance({ node, site: siteOf(node), composite, prefix, unknown, discrete });
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
