/**
 * Parses lists of methods: names separated by commas, each optionally followed by a colon and a composite, and by rule
 * parameters after @ signs: `sglrp:epsilon-gamma-box@gamma=0.1@bias=positive`.
 */
import type { RuleParameters } from "@onnx-lrp/core";
import {
  biasConventions,
  type CompositeName,
  compositeNames,
  type MethodName,
  methodNames,
} from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";

export interface NamedMethod {
  /** What columns, files and results call it: `sglrp`, or `sglrp:epsilon-plus@epsilon=0.01`. */
  readonly name: string;
  readonly method: MethodName;
  /** undefined for the method's own. */
  readonly composite: CompositeName | undefined;
  /** Those that the name gives; the others come from the command's options. */
  readonly parameters: Partial<RuleParameters>;
}

/**
 * @param texts each `sglrp`, `sglrp:epsilon-plus`, `sglrp@bias=full`, several of these separated by commas, or `all`
 * @throws UserError `usage` for unknown names
 */
export function parseMethods(texts: readonly string[]): NamedMethod[] {
  const words = texts.flatMap((text) => text.split(",")).map((word) => word.trim());
  const named = words.flatMap((word) => (word === "all" ? [...methodNames] : [word])).map(parseOne);
  return named.filter(({ name }, i) => named.findIndex((other) => other.name === name) === i);
}

function parseOne(word: string): NamedMethod {
  const [head = "", ...settings] = word.split("@");
  const [first = "", second, ...more] = head.split(":");
  const method = methodNames.find((known) => known === first);
  if (method === undefined) {
    throw new UserError(
      "usage",
      `There is no method "${first}". The methods are: ${methodNames.join(", ")}; or all for all of them.`,
    );
  }
  const composite = compositeNames.find((known) => known === second);
  if (more.length > 0 || composite !== second) {
    throw new UserError(
      "usage",
      `In "${word}" the colon must be followed by a composite: ${compositeNames.join(", ")}.`,
    );
  }
  const parameters = settings.map((setting) => parseParameter(setting, word));
  return { name: word, method, composite, parameters: Object.assign({}, ...parameters) };
}

/** Parameters that are numbers, by the names that flags have, too. */
const numbers = new Map<string, keyof RuleParameters>([
  ["epsilon", "epsilon"],
  ["gamma", "gamma"],
  ["gamma-first", "gammaFirst"],
  ["gamma-dense", "gammaDense"],
]);

function parseParameter(setting: string, word: string): Partial<RuleParameters> {
  const [name, value = "", ...more] = setting.split("=").map((part) => part.trim());
  const number = value === "" ? Number.NaN : Number(value);
  const bias = biasConventions.find((known) => known === value);
  if (more.length === 0) {
    const parameter = numbers.get(name ?? "");
    if (parameter !== undefined && number >= 0 && Number.isFinite(number)) return { [parameter]: number };
    if (name === "bias" && bias !== undefined) return { bias };
  }
  throw new UserError(
    "usage",
    `In "${word}" the @ must be followed by a rule's parameter: ${[...numbers.keys()].join("=NUMBER, ")}=NUMBER (at least 0), or bias=${biasConventions.join(" or bias=")}.`,
  );
}
