/**
 * Which layers of a network an entry of a rules file (rule-file.ts) means, and the rule it gives them. The first entry
 * that fits a layer decides; where none does, the base composite.
 */
import { type Node, type Remedy, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { describeNode, nodeLabel, nodeSubject, operationName } from "@onnx-lrp/onnx-loader/internal";
import type { LayerRule, Role } from "./composites.ts";
import { matchesGlob } from "./glob.ts";
import type { RuleParameters } from "./rules/parameters.ts";
import { type RuleSpec, ruleOf } from "./rules/table.ts";

/** An entry of a rules file. A layer fits it if it fits each condition; without conditions every layer does. */
export interface LayerSelector {
  /** Patterns (glob.ts), one of which the node's name must fit; a node without a name has that of its first output. */
  readonly name?: readonly string[] | undefined;
  /** Patterns for the operation, `Conv`, or `com.example.Conv` for one of a domain other than ONNX's own. */
  readonly op?: readonly string[] | undefined;
  readonly role?: readonly Role[] | undefined;
  readonly rule: RuleSpec;
}

/** A node and where it stands; nodes without a role are no linear layers. `RelevanceNode` is one. */
export interface PlacedNode {
  readonly node: Node;
  readonly role: Role | undefined;
}

type DescribedLayer = PlacedNode & { readonly role: Role };

/** Whether a layer fits all conditions of an entry. */
export function selects(selector: LayerSelector, node: Node, role: Role): boolean {
  return conditions(selector, { node, role }).every((holds) => holds);
}

/** The first entry that fits; undefined where the base composite decides. */
export function selectorFor(
  layers: readonly LayerSelector[],
  node: Node,
  role: Role,
): LayerSelector | undefined {
  return layers.find((selector) => selects(selector, node, role));
}

/** The entries as a composite takes them. */
export function layerRules(layers: readonly LayerSelector[], parameters: RuleParameters): LayerRule[] {
  return layers.map((selector) => ({
    selects: (node, role) => selects(selector, node, role),
    rule: ruleOf(selector.rule, parameters),
  }));
}

/**
 * Entries that decide for no layer of a network, since they fit none or come after others that take all they fit.
 *
 * @param nodes of the relevance graph
 * @param where the rules file's path, for errors
 * @returns a `usage` error for each such entry, for the caller to throw
 */
export function unusedSelectors(
  layers: readonly LayerSelector[],
  nodes: readonly PlacedNode[],
  where?: string,
): UserError[] {
  const linear = linearLayers(nodes);
  const deciding = new Set(linear.map(({ node, role }) => selectorFor(layers, node, role)));
  return layers.flatMap((selector, index) => {
    if (deciding.has(selector)) return [];
    const fit = linear.find(({ node, role }) => selects(selector, node, role));
    const title = entryTitle(selector, index, where);
    const subject = { file: where, option: "rules" };
    if (fit !== undefined) {
      const remedies = [textRemedy("put it before them"), textRemedy("leave it out")];
      return [new UserError("usage", `${title} ${shadowedMessage(layers, fit)}`, { subject, remedies })];
    }
    const remedies: Remedy[] = [{ kind: "inspect", nodes: true, purpose: "list the layers" }];
    return [new UserError("usage", `${title} ${noMatchMessage(selector, linear)}`, { subject, remedies })];
  });
}

/**
 * Layers that an entry gives the zbox rule although they do not see the picture: what their inputs can be at most is not
 * known.
 *
 * @param nodes of the relevance graph
 * @param where the rules file's path, for errors
 * @returns a `usage` error for each such layer, for the caller to throw
 */
export function zboxOffFirstLayer(
  layers: readonly LayerSelector[],
  nodes: readonly PlacedNode[],
  where?: string,
): UserError[] {
  return linearLayers(nodes).flatMap(({ node, role }) => {
    const index = layers.findIndex((selector) => selects(selector, node, role));
    const selector = layers[index];
    if (selector?.rule.kind !== "zbox" || role === "first") return [];
    const sentence =
      `${entryTitle(selector, index, where)} gives the zbox rule to ${describeNode(node)}, which is not a first layer: the ` +
      "lowest and highest value of its inputs are unknown.";
    return [
      new UserError("usage", sentence, {
        subject: { ...nodeSubject(node), file: where, option: "rules" },
        remedies: [textRemedy('add "role": "first" to the entry'), textRemedy("choose another rule")],
      }),
    ];
  });
}

function linearLayers(nodes: readonly PlacedNode[]): DescribedLayer[] {
  return nodes.flatMap(({ node, role }) => (role === undefined ? [] : [{ node, role }]));
}

/** For each condition that an entry has, whether a layer fits it. */
function conditions({ name, op, role }: LayerSelector, layer: DescribedLayer): boolean[] {
  const fits = (patterns: readonly string[], text: string) =>
    patterns.some((pattern) => matchesGlob(pattern, text));
  return [
    ...(name === undefined ? [] : [fits(name, nodeLabel(layer.node))]),
    ...(op === undefined ? [] : [fits(op, operationName(layer.node))]),
    ...(role === undefined ? [] : [role.includes(layer.role)]),
  ];
}

function noMatchMessage(selector: LayerSelector, linear: readonly DescribedLayer[]): string {
  const nearest = linear
    .map((layer) => ({ layer, score: matchScore(selector, layer) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ layer }) => `"${nodeLabel(layer.node)}" (${operationName(layer.node)}, ${layer.role})`);
  const near = nearest.length === 0 ? "" : ` The nearest are: ${nearest.join(", ")}.`;
  return (
    `matches none of the network's ${linear.length} layers with a rule.` +
    `${near}${widerPatternHint(selector, linear)}`
  );
}

/** A pattern is often meant for a part of the name. */
function widerPatternHint({ name = [] }: LayerSelector, linear: readonly DescribedLayer[]): string {
  for (const pattern of name) {
    if (linear.some(({ node }) => matchesGlob(pattern, nodeLabel(node)))) continue;
    const part = `*${pattern}*`.replace(/\*+/g, "*");
    const fit = linear.find(({ node }) => matchesGlob(part, nodeLabel(node)));
    if (fit === undefined) continue;
    return ` A pattern must match the whole name: "${part}" would match "${nodeLabel(fit.node)}".`;
  }
  return "";
}

function shadowedMessage(layers: readonly LayerSelector[], { node, role }: DescribedLayer): string {
  const earlier = layers.findIndex((selector) => selects(selector, node, role));
  return (
    "is never used: earlier entries take all the layers that it matches " +
    `(layers[${earlier}] takes ${describeNode(node)}).`
  );
}

/** How many conditions a layer fits, and how much of the patterns its name and operation have in them. */
function matchScore(selector: LayerSelector, layer: DescribedLayer): number {
  const held = conditions(selector, layer).filter((holds) => holds).length;
  const likest = (patterns: readonly string[] | undefined, text: string) =>
    Math.max(0, ...(patterns ?? []).map((pattern) => bigramSimilarity(pattern, text)));
  return held + likest(selector.name, nodeLabel(layer.node)) + likest(selector.op, operationName(layer.node));
}

/** The part of a pattern's pairs of neighbouring characters that a text has as well, 0 to 1. */
function bigramSimilarity(pattern: string, text: string): number {
  const pairs = pairsOf(pattern.replace(/[*?]/g, ""));
  const own = pairsOf(text);
  return pairs.size === 0 ? 0 : [...pairs].filter((pair) => own.has(pair)).length / pairs.size;
}

function pairsOf(text: string): Set<string> {
  const letters = Array.from(text.toLowerCase());
  return new Set(letters.slice(1).map((letter, i) => `${letters[i]}${letter}`));
}

/** `In the rules file "mine.json" the entry layers[2] (name "fc*", role dense)` */
function entryTitle({ name, op, role }: LayerSelector, index: number, where: string | undefined): string {
  const given = [
    ...(name === undefined ? [] : [`name ${name.map((one) => `"${one}"`).join(" or ")}`]),
    ...(op === undefined ? [] : [`op ${op.join(" or ")}`]),
    ...(role === undefined ? [] : [`role ${role.join(" or ")}`]),
  ];
  const entry = `entry layers[${index}]${given.length === 0 ? "" : ` (${given.join(", ")})`}`;
  return where === undefined ? `The ${entry}` : `In the rules file "${where}" the ${entry}`;
}
