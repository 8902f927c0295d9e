/**
 * Rules files: composites built by hand, as JSON.
 *
 *     { "name": "mine", "base": "epsilon-plus",
 *       "layers": [ { "role": "first", "rule": "zbox" },
 *                   { "name": "*layer4*", "op": "Conv", "rule": { "kind": "gamma", "gamma": 0.1 } } ] }
 *
 * The first entry whose conditions a layer fits gives it its rule; where none does, the base composite.
 */
import { UserError } from "@onnx-lrp/onnx-loader";
import { z } from "zod";
import { roles } from "./composites.ts";
import type { LayerSelector } from "./layer-selectors.ts";
import {
  biasConventions,
  compositeNames,
  methodNames,
  type RuleCompositeName,
  type RuleName,
  ruleCompositeNames,
  ruleNames,
} from "./names.ts";
import { type ParameterType, type RuleSpec, ruleTable } from "./rules/table.ts";

export { type LayerSelector, selects, unusedSelectors } from "./layer-selectors.ts";
export type { RuleSpec } from "./rules/table.ts";

export interface RuleFile {
  /** What results call the composite. */
  readonly name: string;
  readonly base: RuleCompositeName;
  readonly layers: readonly LayerSelector[];
}

/** Rules that need no parameter may be given by name alone. */
const shortNames = ruleNames.filter(
  (name): name is Exclude<RuleName, "alpha-beta"> =>
    !Object.values<ParameterType>(ruleTable[name].parameters).some(({ required }) => required),
);

/*
 * Every schema says with `error` what a value must be, as a noun; `sentence` puts the place before it. An object says which
 * fields it has.
 */

function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const fields = Object.keys(shape)
    .filter((field) => field !== "$schema")
    .join(", ");
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? fields : `an object with the fields ${fields}`),
  });
}

function oneOf<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names, { error: `one of ${names.join(", ")}` });
}

function oneOrMore<Schema extends z.ZodType>(one: Schema, error: string) {
  return z.union([one, z.array(one, { error }).min(1, { error })], { error });
}

/** A number that float32 can hold, its inverse too. */
function fromZero(description: string) {
  const error = "a number of at least 0";
  return z
    .number({ error })
    .min(0, { error })
    .max(1e30, { error: "a number of at most 1e30" })
    .meta({ description });
}

const pattern = z
  .string({ error: "a pattern" })
  .min(1, { error: "a pattern, and not empty" })
  .max(1000, { error: "a pattern of at most 1000 characters" })
  .meta({ description: "* matches any characters, ? exactly one; the whole name has to match" });

const bias = oneOf(biasConventions).meta({
  description: "Bias in the denominator: none, its part of the branch's sign, or all of it",
});

function parameterSchema(type: ParameterType) {
  const schema = type.kind === "bias" ? bias : fromZero(type.description);
  return type.required ? schema : schema.optional();
}

function ruleSchema(name: RuleName) {
  const parameters = Object.entries<ParameterType>(ruleTable[name].parameters);
  const fields = parameters.map(([parameter, type]) => [parameter, parameterSchema(type)] as const);
  return object({ kind: z.literal(name), ...Object.fromEntries(fields) });
}

const [firstName, ...otherNames] = ruleNames;

const ruleObject = z.discriminatedUnion("kind", [ruleSchema(firstName), ...otherNames.map(ruleSchema)], {
  error: `one of ${ruleNames.join(", ")}`,
});

const rule = z
  .union([z.enum(shortNames), ruleObject], {
    error: `a rule's name (${shortNames.join(", ")}), or an object such as {"kind": "alpha-beta", "alpha": 2, "beta": 1}`,
  })
  .meta({ description: "How a layer hands relevance to its inputs" });

/** Every entry is compared with every layer. */
const mostEntries = 2000;

const layer = object({
  name: oneOrMore(pattern, "a pattern for names, or a list of them")
    .optional()
    .meta({ description: "Names of nodes, as an inspection of the network lists them" }),
  op: oneOrMore(pattern, "a pattern for operations, or a list of them")
    .optional()
    .meta({ description: "Operations, such as Conv or Gemm" }),
  role: oneOrMore(oneOf(roles), `one of ${roles.join(", ")}, or a list of them`)
    .optional()
    .meta({
      description:
        "first: convolutions and dense layers that see the picture; conv, dense: all others; other: sums and averages; attention: products of two signals; normalization: layer normalization and its kind",
    }),
  rule,
}).meta({ description: "A layer that fits all conditions gets the rule" });

const schema = object({
  $schema: z.string({ error: "a string" }).optional(),
  name: z
    .string({ error: "a string" })
    .min(1, { error: "a string, and not empty" })
    .optional()
    .meta({ description: "What results call the composite; the file's name if left out" }),
  base: oneOf(ruleCompositeNames)
    .default("zplus-box")
    .meta({ description: "The composite for layers that no entry fits" }),
  layers: z
    .array(layer, { error: "a list of entries" })
    .max(mostEntries, { error: `a list of at most ${mostEntries} entries` })
    .meta({ description: "The first entry that fits a layer decides" }),
}).meta({ title: "Rules file of onnx-lrp" });

/** JSON Schema (2020-12) of rules files, for editors. */
export const ruleFileSchema: Readonly<Record<string, unknown>> = z.toJSONSchema(schema, { io: "input" });

/**
 * @param text JSON
 * @param where the file's path, for errors, and for the name where the file has none
 * @throws UserError `usage` naming file and place of what is wrong
 */
export function parseRuleFile(text: string, where: string): RuleFile {
  const fail = (what: string, cause?: unknown): never => {
    throw new UserError("usage", `In the rules file "${where}" ${what}.`, {
      subject: { file: where },
      cause,
    });
  };
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    return fail(`the JSON cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap(innermost);
    // A misspelt field is missing under its right name too; what was written says more.
    const [issue] = [...issues.filter(({ code }) => code === "unrecognized_keys"), ...issues];
    return fail(issue === undefined ? "something is wrong" : sentence(issue, json), parsed.error);
  }
  const { name = fileName(where), base, layers } = parsed.data;
  if ([...compositeNames, ...methodNames].some((known) => known === name)) {
    fail(`name must differ from the composites and methods of onnx-lrp; it is "${name}"`);
  }
  return { name, base, layers: layers.map(selectorOf) };
}

function selectorOf({ name, op, role, rule }: z.infer<typeof layer>): LayerSelector {
  return {
    ...(name === undefined ? {} : { name: listOf(name) }),
    ...(op === undefined ? {} : { op: listOf(op) }),
    ...(role === undefined ? {} : { role: listOf(role) }),
    // The schema of a rule is made of the rule table, as the type is.
    rule: (typeof rule === "string" ? { kind: rule } : rule) as RuleSpec,
  };
}

function listOf<T extends string>(one: T | T[]): T[] {
  return typeof one === "string" ? [one] : one;
}

/** `zebras` of `rules/zebras.json`. */
function fileName(where: string): string {
  return where.replace(/^.*[/\\]/s, "").replace(/\.json$/i, "") || "rules";
}

type Issue = z.core.$ZodIssue;

/** Of a union, what is wrong with the alternative that was meant: the one whose errors lie within it. */
function innermost(issue: Issue): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.find((inner) => inner.some(({ path }) => path.length > 0));
  if (meant === undefined) return [issue];
  return meant.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** `layers[2].rule.gamma must be a number of at least 0; it is -1` */
function sentence(issue: Issue, json: unknown): string {
  const place = placeOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys.map((key) => `"${key}"`).join(", ");
    return `${place} has no field ${unknown}; the fields there are ${issue.message}`;
  }
  const value = issue.path.reduce(valueAt, json);
  return value === undefined
    ? `${place} is missing; it must be ${issue.message}`
    : `${place} must be ${issue.message}; it is ${shown(value)}`;
}

function placeOf(path: readonly PropertyKey[]): string {
  const parts = path.map((key, i) =>
    typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key)}`,
  );
  return parts.join("") || "the top level";
}

function valueAt(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** What can be read may be nested deeper than what can be written. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "nested too deep to be shown";
  }
}

function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : written(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
