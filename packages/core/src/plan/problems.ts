/** What stands in the way of a method, whatever rules the network's operations have. */
import { describeNode, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { misplaced, unmatched } from "../layer-selectors.ts";
import type { ActivationMapMethod, Method } from "../methods.ts";
import { affineSignal } from "../operators/traits.ts";
import type { Problem, RelevanceGraph } from "../relevance-graph/build.ts";
import type { RuleFile } from "../rule-file.ts";
import { needsBounds } from "../rules/index.ts";

export function methodProblems(
  method: Method,
  graph: RelevanceGraph,
  rules: RuleFile | undefined,
): Problem[] {
  return [
    ...rivalless(method, graph),
    ...notAveraged(method, graph),
    ...(rules === undefined ? unbounded(graph) : strangers(graph, rules)),
  ];
}

function rivalless(method: Method, { head }: RelevanceGraph): Problem[] {
  if (method.needsSoftmax !== true || head.kind !== "sigmoid") return [];
  const reason = `The network's output "${head.output}" is a Sigmoid: each class has a probability of its own, and none of them are rivals, so that SGLRP, which is made of a softmax's gradient, does not apply`;
  const error = new UserError("unsupported", `${reason}. Take --method lrp or clrp.`);
  return [{ node: undefined, reason, policies: [], error }];
}

/** CAM is defined for one average and a dense layer behind it, so that each channel has one weight for a class. */
function notAveraged(method: Method, { nodes, attributedValue, shapes }: RelevanceGraph): Problem[] {
  if (!isCam(method)) return [];
  const bent = nodes.find(
    ({ behaviour, node, site }) =>
      behaviour.kind === "product" ||
      (behaviour.kind === "pass" &&
        behaviour.derivative !== "one" &&
        affineSignal(node, site.dependsOnImage) === undefined) ||
      (behaviour.kind === "route" && behaviour.name === "winner"),
  );
  // Only behind an average of all places has the dense layer one weight a channel.
  const [, channels] = shapes.get(attributedValue)?.dims ?? [];
  const dense = nodes.find(({ role }) => role !== undefined && role !== "other");
  const seen = dense && shapes.get(dense.node.inputs[dense.edges[0] ?? 0] ?? "")?.dims.slice(1);
  const single = seen === undefined || seen.reduce<number>((a, b) => a * Number(b), 1) === channels;
  const averages = single && nodes.some(({ role }) => role === "other");
  if (bent === undefined && averages) return [];
  const what =
    bent === undefined ? "no average over all places" : `${describeNode(bent.node)}, which is not linear`;
  const reason = `Between the layer "${attributedValue}" and the class scores lies ${what}; CAM (Zhou et al. 2016) is defined for one average and a dense layer alone`;
  const error = new UserError(
    "unsupported",
    `${reason}. Take --method grad-cam, which is the same where CAM is defined.`,
  );
  return [{ node: bent?.node, reason, policies: [], error }];
}

function isCam(method: Method): method is ActivationMapMethod {
  return method.kind === "activation-map" && method.weighting === "cam";
}

/** Layers that a composite gives the zbox rule, or another of its kind, although they do not see the picture. */
function unbounded({ nodes, composite }: RelevanceGraph): Problem[] {
  return nodes.flatMap(({ node, rule, role }) => {
    if (rule === undefined || role === "first" || !needsBounds(rule)) return [];
    const reason = `The composite "${composite.name}" gives the rule ${rule.title} to ${describeNode(node)}, which is not a first layer: the lowest and highest value of its inputs are not known`;
    const remedies = [textRemedy("give the rule to layers of the role first alone")];
    const error = new UserError("usage", `${reason}.`, {
      subject: { node: node.name || node.outputs[0], operation: node.op },
      remedies,
    });
    return [{ node: undefined, reason, policies: [], error }];
  });
}

/** Entries of a rules file that fit no layer: a pattern that was mistyped would go unnoticed. */
function strangers({ nodes }: RelevanceGraph, rules: RuleFile): Problem[] {
  return [...unmatched(rules.layers, nodes), ...misplaced(rules.layers, nodes)].map((error) => ({
    node: undefined,
    reason: error.message.replace(/\.$/, ""),
    policies: [],
    error,
  }));
}
