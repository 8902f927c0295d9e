/** The words of a command line, before anything is made of them: yargs takes an empty word for 0, and any for true. */
import { UserError } from "@onnx-lrp/onnx-loader/error";

/** What the options of a command take, by their names. */
export interface OptionTypes {
  readonly booleans: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
  /** All options, those included. */
  readonly names: ReadonlySet<string>;
}

/**
 * @param words the command and all that follows it
 * @throws UserError `usage` for an option without its value, a number that is none or not finite, a switch with another value
 * than true or false, and empty words
 */
export function checkWords(words: readonly string[], types: OptionTypes): void {
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? "";
    if (word === "--") return;
    const [, flag = "", given] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const name = types.names.has(flag) ? flag : undefined;
    if (name === undefined) {
      if (word === "") throw new UserError("usage", "An argument is empty.");
      continue;
    }
    if (types.booleans.has(name)) {
      if (given !== undefined && given !== "true" && given !== "false")
        throw wrong(name, `is a switch, and takes no value but true and false; got "${given}"`);
      continue;
    }
    const value = given ?? words[i + 1];
    if (value === undefined || (given === undefined && value.startsWith("--")))
      throw wrong(name, "needs a value");
    if (value.trim() === "") throw wrong(name, "needs a value, and got an empty one");
    if (types.numbers.has(name) && !Number.isFinite(Number(value)))
      throw wrong(name, `must be a finite number; got "${value}"`);
    if (given === undefined) i += 1;
  }
}

function wrong(name: string, what: string): UserError {
  return new UserError("usage", `--${name} ${what}.`, { subject: { option: name } });
}
