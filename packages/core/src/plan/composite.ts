/** Which rules, or which gradient, a method propagates by. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { CanonicalModel } from "../canonicalize.ts";
import { type Composite, compositeByName, gradientComposites } from "../composites.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import { layerRules } from "../layer-selectors.ts";
import { hasAttention } from "../relevance-graph/attention.ts";
import type { RuleFile } from "../rule-file.ts";
import type { RuleParameters } from "../rules/parameters.ts";
import type { MapMethod } from "./map-plan.ts";

/** @throws UserError `usage` for a composite that the method does not take, and for unknown names */
export function resolveComposite(
  method: MapMethod,
  parameters: RuleParameters,
  options: ExplanationOptions,
): Composite {
  const { composite: wanted, rules } = options;
  const given = rules === undefined ? compositeName(wanted) : `rules file ${rules.name}`;
  const option = rules === undefined ? "composite" : "rules";
  /** The method's own composite, which is the only one that may be given. */
  const only = (own: Composite, why: string): Composite => {
    if (given === undefined) return own;
    if (rules === undefined && (wanted === own || wanted === own.name)) return own;
    throw new UserError(
      "usage",
      `The method ${method.name} ${why} and takes no composite, but was given "${given}".`,
      { subject: { method: method.name, option }, remedies: [{ kind: "omit", option }] },
    );
  };
  if (method.kind === "gradient") return only(method.composite, "propagates gradients");
  if (method.kind !== "relevance") return only(gradientComposites.gradient, "propagates gradients");
  if (method.composite !== undefined) {
    return only(compositeByName(method.composite, parameters), "has rules of its own");
  }
  if (rules !== undefined && wanted !== undefined) {
    throw new UserError(
      "usage",
      `A composite ("${compositeName(wanted)}") and a rules file ("${rules.name}") exclude each other.`,
      {
        subject: { option: "composite" },
        remedies: [
          { kind: "omit", option: "composite" },
          { kind: "omit", option: "rules" },
        ],
      },
    );
  }
  if (rules !== undefined) return compositeOfFile(rules, parameters);
  if (typeof wanted === "object") return withoutBaseline(wanted, method);
  return compositeByName(wanted ?? (options.pixels === undefined ? "zplus" : "zplus-box"), parameters);
}

/**
 * The composite for this network: the one that was resolved, or `transformer` where none was asked for and the network has
 * attention.
 *
 * @returns with a sentence that says so, if that is the case
 */
export function compositeFor(
  resolved: Composite,
  method: MapMethod,
  { model, image }: CanonicalModel,
  parameters: RuleParameters,
  { composite, rules }: ExplanationOptions,
): { readonly composite: Composite; readonly notes: readonly string[] } {
  const isDefault =
    method.kind === "relevance" &&
    method.composite === undefined &&
    composite === undefined &&
    rules === undefined;
  if (!isDefault || !hasAttention(model.graph, image.name)) return { composite: resolved, notes: [] };
  return {
    composite: compositeByName("transformer", parameters),
    notes: ["The network has attention, whose default composite is transformer."],
  };
}

/** What results and errors call a composite. */
export function compositeName(composite: ExplanationOptions["composite"]): string | undefined {
  return typeof composite === "object" ? composite.name : composite;
}

/** The rules of a composite of the caller's own by their titles, for the record, which its name alone does not say. */
export function ownRuleTitles(
  composite: ExplanationOptions["composite"],
): Record<string, unknown> | undefined {
  if (typeof composite !== "object" || composite.kind !== "rules") return undefined;
  const { first, conv, dense, other, attention, normalization, shift } = composite.rules;
  const layers = (composite.layers ?? []).map(({ rule }) => rule.title);
  return {
    ...{ first: first.title, conv: conv.title, dense: dense.title, other: other.title },
    ...(attention === undefined ? {} : { attention: attention.title }),
    ...(normalization === undefined ? {} : { normalization: normalization.title }),
    ...(shift === undefined ? {} : { shift: shift.title }),
    ...(layers.length === 0 ? {} : { layers }),
  };
}

function withoutBaseline(composite: Composite, method: MapMethod): Composite {
  if (composite.kind === "rules" || composite.activations !== "rescale") return composite;
  throw new UserError(
    "usage",
    `The composite "${composite.name}" compares with a baseline, which the method ${method.name} does not have; use the method deeplift.`,
  );
}

function compositeOfFile({ name, base, layers }: RuleFile, parameters: RuleParameters): Composite {
  return { ...compositeByName(base, parameters), name, layers: layerRules(layers, parameters) };
}
