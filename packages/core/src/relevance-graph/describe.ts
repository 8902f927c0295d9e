/** What one node is to relevance under a composite, and along which of its inputs relevance goes on. */
import { inputOf, type Node, outputOf, UserError } from "@onnx-lrp/onnx-loader";
import { type Composite, conventionsOf, type Role, ruleAt } from "../composites.ts";
import { type UnknownPolicy, unknownPolicies } from "../names.ts";
import type { Behaviour, Linear, Site, Unsupported } from "../operators/operator.ts";
import { operatorOf } from "../operators/registry.ts";
import { has } from "../operators/traits.ts";
import { type Rule, sharesWhole, uniform } from "../rules/index.ts";
import { defaultParameters } from "../rules/parameters.ts";
import { computesWithValues, type DiscreteValues } from "./discrete.ts";
import { fallbackFor } from "./fallback.ts";
import type { InputPreprocessing } from "./first-layer.ts";
import type { RelevanceNode } from "./node.ts";
import { type Problem, unsupportedNode } from "./problem.ts";

/** What is known of a node before its rule is looked for. */
interface Place {
  readonly node: Node;
  readonly site: Site;
  readonly composite: Composite;
  readonly prefix: InputPreprocessing;
  readonly unknown: UnknownPolicy;
  readonly discrete: DiscreteValues;
}

/** A node's place in the relevance graph, or why it has none; unknown shapes are a reason too. */
export function describeRelevance(place: Place): RelevanceNode | Problem {
  const { node, site, composite, discrete } = place;
  try {
    const behaviour = operatorOf(node)?.describe(site);
    const found = describe(place, behaviour);
    if ("error" in found) return found;
    if (discrete.has(outputOf(node)) && computesWithValues(found)) {
      return withoutRule(place, behaviour, "an operation on integers, for which onnx-lrp has no rule");
    }
    if (!endsAtSteps(composite)) return found;
    const toSteps = found.edges.every((index) => discrete.isStep(inputOf(node, index)));
    return toSteps ? { ...found, edges: [] } : found;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { node, reason: error.reason, policies: [], error };
  }
}

/** Whether steps, whose derivative is 0, are left out; DeepLIFT refuses them, for its sums would lack what they add. */
function endsAtSteps(composite: Composite): boolean {
  return composite.kind === "gradient" && composite.activations !== "rescale";
}

/** A node that no rule covers, worked around if that was asked for. @param instead what to export in its place */
function withoutRule(
  { node, site, composite, unknown, discrete }: Place,
  behaviour: Behaviour | Unsupported | undefined,
  reason: string,
  instead?: string,
): RelevanceNode | Problem {
  if (composite.kind === "gradient") return unsupportedNode(node, reason, [], instead);
  const fallback = (policy: UnknownPolicy) =>
    fallbackFor(site, behaviour, policy, discrete.isStep(outputOf(node)));
  const found = fallback(unknown);
  if (found !== undefined) {
    return { node, site, role: undefined, rule: undefined, propagation: composite.kind, ...found };
  }
  const policies = unknownPolicies.filter((policy) => fallback(policy) !== undefined);
  return unsupportedNode(node, reason, policies, instead);
}

function describe(place: Place, behaviour: Behaviour | Unsupported | undefined): RelevanceNode | Problem {
  const { node, site, composite, prefix, discrete } = place;
  const plain = { node, site, role: undefined, rule: undefined, propagation: composite.kind } as const;
  const lacking =
    composite.kind === "gradient" &&
    composite.activations === "rescale" &&
    whyNoRescaleRule(node, behaviour, discrete.isStep(outputOf(node)));
  if (lacking) return unsupportedNode(node, lacking, []);
  const without = (reason: string, instead?: string) => withoutRule(place, behaviour, reason, instead);
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
      // What preprocesses the picture is no layer of the network.
      if (
        composite.kind === "rules" &&
        behaviour.linear !== undefined &&
        !prefix.values.has(inputOf(node, behaviour.input))
      ) {
        const map = behaviour.linear();
        const rule = ruleAt(composite, node, map.role);
        const whole = rule.kind !== "shares" || sharesWhole(rule);
        if (rule.kind === "uniform" || (map.role === "normalization" && !whole)) {
          return without(misplaced(rule, map.role));
        }
        const own = rule.kind === "pass" ? behaviour : map;
        return { ...plain, behaviour: own, role: map.role, rule, edges: [behaviour.input] };
      }
      if (composite.kind === "gradient" && behaviour.derivative === undefined) {
        return without("a normalization whose gradient onnx-lrp does not emit");
      }
      return { ...plain, behaviour, edges: [behaviour.input] };
    case "route":
      return { ...plain, behaviour, edges: behaviour.inputs };
    case "product": {
      const { inputs, signal, byActivation, unclear } = behaviour;
      const toBoth = { ...plain, behaviour, edges: inputs };
      if (composite.kind === "gradient") return toBoth;
      if (signal === undefined) return unclear === undefined ? toBoth : without(unclear);
      // Composites that have a rule for products of signals hold this to be one.
      if (byActivation && composite.rules.attention !== undefined) return toBoth;
      return { ...plain, behaviour, edges: [inputs[signal]] };
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
function whyNoRescaleRule(
  node: Node,
  behaviour: Behaviour | Unsupported | undefined,
  isStep: boolean,
): string | undefined {
  const none = "an operation for which onnx-lrp has no DeepLIFT rule";
  if (isStep) return none;
  switch (behaviour?.kind) {
    case "linear":
      return behaviour.inner?.gradient === undefined || behaviour.inner.rescaled ? undefined : none;
    case "pass":
      return typeof behaviour.derivative === "object" && !behaviour.derivative.rescaled ? none : undefined;
    case "product":
      return behaviour.gradient === undefined || behaviour.rescaled || has(node, "linear") ? undefined : none;
    case "route":
      return has(node, "chooses") && behaviour.name === "winner" ? none : undefined;
    default:
      return undefined;
  }
}
