/** What blocks a method, whatever rules the network's operations have. */
import { type Node, type Remedy, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { describeNode, nodeSubject } from "@onnx-lrp/onnx-loader/internal";
import { unusedSelectors, zboxOffFirstLayer } from "../layer-selectors.ts";
import type { ActivationMapMethod, Method } from "../methods/method.ts";
import { affineSignal } from "../operators/traits.ts";
import { classesCompete, type OutputPort } from "../output-port/output-port.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { Problem } from "../relevance-graph/problem.ts";
import type { RuleFile } from "../rule-file.ts";
import { needsBounds } from "../rules/index.ts";

export function methodProblems(
  method: Method,
  graph: RelevanceGraph,
  rules: RuleFile | undefined,
): Problem[] {
  return [
    ...softmaxProblems(method, graph),
    ...camProblems(method, graph),
    ...(rules === undefined ? boundsProblems(graph) : ruleFileProblems(graph, rules)),
  ];
}

function softmaxProblems(method: Method, { head }: RelevanceGraph): Problem[] {
  if (method.needsSoftmax !== true || classesCompete(head)) return [];
  const reason = `${notCompeting(head)}, so that SGLRP, which is built on the gradient of a softmax, does not apply.`;
  return [
    problemOf(undefined, reason, {
      option: "method",
      values: head.kind === "score" ? ["lrp"] : ["lrp", "clrp"],
    }),
  ];
}

function notCompeting({ output, kind, kindSource: { by, why } }: OutputPort): string {
  if (kind === "score")
    return `The network's output "${output}" is read as numbers, not as scores of classes (${why})`;
  const what = by === "option" ? "read as independent labels" : "a Sigmoid";
  return `The network's output "${output}" is ${what}: each class has a separate probability, and classes do not compete`;
}

/** CAM is defined for one average followed by a dense layer, so that each channel has one weight for a class. */
function camProblems(method: Method, { nodes, attributedValue, shapes }: RelevanceGraph): Problem[] {
  if (!isCam(method)) return [];
  const nonlinear = nodes.find(
    ({ behaviour, node, site }) =>
      behaviour.kind === "product" ||
      (behaviour.kind === "pass" &&
        behaviour.derivative !== "one" &&
        affineSignal(node, site.dependsOnImage) === undefined) ||
      (behaviour.kind === "route" && behaviour.name === "winner"),
  );
  // Only after an average of all places has the dense layer one weight per channel.
  const [, channels] = shapes.get(attributedValue)?.dims ?? [];
  const dense = nodes.find(({ role }) => role !== undefined && role !== "other");
  const seen = dense && shapes.get(dense.node.inputs[dense.edges[0] ?? 0] ?? "")?.dims.slice(1);
  const single = seen === undefined || seen.reduce<number>((a, b) => a * Number(b), 1) === channels;
  const averages = single && nodes.some(({ role }) => role === "other");
  if (nonlinear === undefined && averages) return [];
  const what =
    nonlinear === undefined
      ? "no average over all positions"
      : `${describeNode(nonlinear.node)}, which is not linear`;
  const reason = `Between the layer "${attributedValue}" and the class scores lies ${what}; CAM (Zhou et al. 2016) is defined for one average followed by a dense layer.`;
  const note = "which is the same wherever CAM is defined";
  return [problemOf(nonlinear?.node, reason, { option: "method", values: ["grad-cam"], note })];
}

/** @param remedy an option to set */
function problemOf(
  node: Node | undefined,
  reason: string,
  remedy: Omit<Extract<Remedy, { kind: "option" }>, "kind">,
): Problem {
  const error = new UserError("unsupported", reason, {
    subject: node === undefined ? {} : nodeSubject(node),
    remedies: [{ kind: "option", ...remedy }],
  });
  return { node, reason, policies: [], error };
}

function isCam(method: Method): method is ActivationMapMethod {
  return method.kind === "activation-map" && method.weighting === "cam";
}

/** Layers that a composite gives the zbox rule, or another of its kind, although they do not see the picture. */
function boundsProblems({ nodes, composite }: RelevanceGraph): Problem[] {
  return nodes.flatMap(({ node, rule, role }) => {
    if (rule === undefined || role === "first" || !needsBounds(rule)) return [];
    const reason = `The composite "${composite.name}" gives the rule ${rule.title} to ${describeNode(node)}, which is not a first layer: the lowest and highest value of its inputs are unknown.`;
    const remedies = [textRemedy("give the rule only to layers of the role first")];
    const error = new UserError("usage", reason, {
      subject: nodeSubject(node),
      remedies,
    });
    return [{ node: undefined, reason, policies: [], error }];
  });
}

/** Entries of a rules file that fit no layer: a pattern that was mistyped would go unnoticed. */
function ruleFileProblems({ nodes }: RelevanceGraph, rules: RuleFile): Problem[] {
  return [...unusedSelectors(rules.layers, nodes), ...zboxOffFirstLayer(rules.layers, nodes)].map(
    (error) => ({
      node: undefined,
      reason: error.reason,
      policies: [],
      error,
    }),
  );
}
