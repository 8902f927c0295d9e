/** Several methods as users list them: names with commas between, each perhaps with a composite behind a colon. */
import { compositeNames, type MethodName, methodNames } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";

export interface NamedMethod {
  /** What columns, files and results call it: `sglrp`, or `sglrp:epsilon-plus`. */
  readonly name: string;
  readonly method: MethodName;
  /** undefined for the method's own. */
  readonly composite: string | undefined;
}

/**
 * @param texts each `sglrp`, `sglrp:epsilon-plus`, several of these with commas, or `all`
 * @throws UserError `usage` for names that are none
 */
export function parseMethods(texts: readonly string[]): NamedMethod[] {
  const words = texts.flatMap((text) => text.split(",")).map((word) => word.trim());
  const named = words.flatMap((word) => (word === "all" ? [...methodNames] : [word])).map(parseOne);
  return named.filter(({ name }, i) => named.findIndex((other) => other.name === name) === i);
}

function parseOne(word: string): NamedMethod {
  const [first = "", composite, ...more] = word.split(":");
  const method = methodNames.find((known) => known === first);
  if (method === undefined) {
    throw new UserError(
      "usage",
      `There is no method "${first}". There are: ${methodNames.join(", ")}; or all of them: all.`,
    );
  }
  const known = [...compositeNames, "gradient"].some((name) => name === composite);
  if (more.length > 0 || (composite !== undefined && !known)) {
    throw new UserError(
      "usage",
      `In "${word}" a composite is to stand behind the colon: ${compositeNames.join(", ")}.`,
    );
  }
  return { name: word, method, composite };
}
