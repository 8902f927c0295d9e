/** What yargs finds wrong with a command line, as sentences that say what was meant. */
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { distance } from "fastest-levenshtein";

/** What was written, and what there is. */
interface Usage {
  readonly words: readonly string[];
  /** Of each command, as yargs has it: `explain <model> <inputs..>`. */
  readonly forms: readonly string[];
  /** Names of the options, those of the command included. */
  readonly options: readonly string[];
}

/** @param message of yargs, in a line */
export function usageError(message: string, usage: Usage): UserError {
  const form = formOf(usage);
  const help = form === undefined ? "onnx-lrp --help" : `onnx-lrp ${nameOf(form)} --help`;
  return new UserError("usage", `${sentenceOf(message, usage)} (${help})`);
}

function sentenceOf(message: string, usage: Usage): string {
  const choice = /Argument: (\S+), Given: (.*), Choices: (.*)$/.exec(message);
  if (choice !== null) {
    const [, name = "", given = "", choices = ""] = choice;
    const known = choices.replaceAll('"', "");
    const names = known.split(", ");
    const value = given.replaceAll('"', "");
    if (
      name === "method" &&
      value.includes(",") &&
      value.split(",").every((one) => names.includes(one.trim()))
    )
      return `--method takes one method; several side by side: onnx-lrp compare <model> <inputs..> --methods ${value}`;
    const guess = meant(value, names, "");
    return guess === ""
      ? `--${name} must be one of ${known}; got ${given}`
      : `--${name} cannot be ${given}${guess} It must be one of ${known}`;
  }
  const [, bare] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
  if (bare !== undefined) return `--${bare} needs a value`;
  const [, option] = /^Missing required arguments?: (.*)$/.exec(message) ?? [];
  if (option !== undefined) return `Missing option --${option}`;
  const [, got] = /^Missing arguments: got (\d+), need at least \d+$/.exec(message) ?? [];
  if (got !== undefined) return missingWords(Number(got), usage) ?? message;
  const [, unknown] = /^Unknown (?:arguments?|commands?): (.*)$/.exec(message) ?? [];
  return unknown === undefined ? message : unknownWords(unknown.split(", "), usage);
}

/** Which words of a command are not there. */
function missingWords(got: number, usage: Usage): string | undefined {
  const form = formOf(usage);
  if (form === undefined) return undefined;
  const missing = form.split(" ").slice(1 + got);
  return `Missing: ${missing.join(" and ")}. The command is onnx-lrp ${form}`;
}

function unknownWords(unknown: readonly string[], usage: Usage): string {
  const form = formOf(usage);
  const [first = ""] = unknown;
  if (form === undefined) {
    return `There is no command "${first}"${meant(first, usage.forms.map(nameOf), "")}`;
  }
  // yargs lists an option with hyphens a second time, in camel case.
  const written = usage.words.map((word) => word.replace(/=[\s\S]*$/, ""));
  const flags = unknown.filter((name) => written.includes(`--${name}`) || written.includes(`-${name}`));
  const [flag] = flags;
  if (flag === undefined) return `"${first}" is one word too many: the command is onnx-lrp ${form}`;
  return `There is no option --${flag}${meant(flag, usage.options, "--")}`;
}

/** The form of the command that was given. */
function formOf({ words, forms }: Usage): string | undefined {
  return forms.find((form) => words[0] === nameOf(form));
}

function nameOf(form: string): string {
  return form.split(" ")[0] ?? form;
}

/** "; did you mean explain?", for a word that is nearly one of those. */
function meant(word: string, known: readonly string[], prefix: string): string {
  const far = (name: string) => distance(word.toLowerCase(), name.toLowerCase());
  const nearest = known.reduce<string | undefined>(
    (best, name) => (best === undefined || far(name) < far(best) ? name : best),
    undefined,
  );
  if (nearest === undefined || word.length < 3 || far(nearest) > Math.max(2, Math.floor(word.length / 3)))
    return "";
  return `; did you mean ${prefix}${nearest}?`;
}
