import { packageVersion } from "@onnx-lrp/network/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import yargs, { type Argv, type CommandModule } from "yargs";
import { compareCommand } from "./commands/compare.ts";
import { compileCommand } from "./commands/compile.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { explainCommand } from "./commands/explain.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { methodsCommand } from "./commands/methods.ts";
import { modelsCommand } from "./commands/models.ts";
import { pageCommand } from "./commands/page.ts";
import { summarizeCommand } from "./commands/summarize.ts";
import { tuneCommand } from "./commands/tune.ts";
import { type Console, processConsole } from "./console.ts";
import { errorText } from "./error-wording.ts";
import { exitCodeHelp, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { checkWords, type OptionTypes } from "./options/check-words.ts";
import { formerFlags } from "./options/method.ts";
import { usageError } from "./usage-errors.ts";

/**
 * Runs the command line.
 *
 * @param args without the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[], console: Console = processConsole): Promise<number> {
  let code: number = exitCodes.success;
  const finish = (result: number) => {
    code = result;
  };
  const words = args.map(currentFlag);
  const commands = [
    explainCommand(console, finish),
    inspectCommand(console, finish),
    compileCommand(console, finish),
    compareCommand(console, finish),
    evaluateCommand(console, finish),
    tuneCommand(console, finish),
    summarizeCommand(console, finish),
    methodsCommand(console, finish),
    modelsCommand(console, finish),
    pageCommand(console, finish),
  ];
  const forms = commands.flatMap(({ command }) => (typeof command === "string" ? [command] : []));
  const parser = yargs(words)
    .scriptName("onnx-lrp")
    .usage(
      "$0 COMMAND\n\nWhich pixels speak for a class, and which for its rivals, in any CNN that was exported to ONNX.",
    );
  // Each has a type of its own, which the parser does not keep.
  for (const command of commands) parser.command(command as CommandModule);
  parser
    .demandCommand(1, `Missing command. One of: ${forms.map((form) => form.split(" ")[0]).join(", ")}.`)
    .strict()
    .locale("en")
    .parserConfiguration({ "greedy-arrays": false, "dot-notation": false })
    // The types of yargs know plain strings only; it takes plural forms too.
    .updateStrings({
      "Not enough non-option arguments: got %s, need at least %s": {
        one: "Missing arguments: got %s, need at least %s",
        other: "Missing arguments: got %s, need at least %s",
      },
    } as unknown as Record<string, string>)
    .check((args) => {
      checkWords(words, optionTypes(parser));
      return onlyOnce(args);
    })
    .middleware(chooseRuntime)
    .version(packageVersion())
    .alias("h", "help")
    .epilogue(exitCodeHelp)
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .fail((message, error) => {
      if (error !== undefined && error.name !== "YError") throw error;
      const plain = message.split(/\s*\n\s*/).join(" ");
      throw usageError(plain, { words, forms, options: [...optionTypes(parser).names] });
    });
  try {
    await parser.parseAsync();
    return code;
  } catch (error) {
    const text = error instanceof Error ? sentence(error) : String(error);
    for (const line of `onnx-lrp: ${text}`.split("\n")) console.say(line, "error");
    return exitCodeOf(error);
  }
}

/** A flag by its present name, with its value if it has one: `--watch=logit` as `--score=logit`. */
function currentFlag(word: string): string {
  const [flag = "", ...value] = word.split("=");
  return [formerFlags.get(flag) ?? flag, ...value].join("=");
}

/** What the options of the command take that is being parsed. */
function optionTypes(parser: Argv): OptionTypes {
  // Beside the types of yargs, but documented: "Returns the current options".
  const { boolean, number, key } = (parser as unknown as { getOptions(): ParsedOptions }).getOptions();
  return { booleans: new Set(boolean), numbers: new Set(number), names: new Set(Object.keys(key)) };
}

interface ParsedOptions {
  readonly boolean: readonly string[];
  readonly number: readonly string[];
  readonly key: object;
}

/** Options that may be given several times; any other only once. */
const repeatable = new Set(["_", "inputs", "pictures", "target", "also", "methods", "feed"]);

function onlyOnce(args: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(args)) {
    if (Array.isArray(value) && !repeatable.has(name)) {
      throw new UserError("usage", `--${name} may be given only once; it was given ${value.length} times.`);
    }
  }
  return true;
}

/** Before anything loads onnxruntime. */
async function chooseRuntime({ runtime }: Readonly<Record<string, unknown>>): Promise<void> {
  if (runtime !== "native" && runtime !== "wasm") return;
  const { useRuntime } = await import("@onnx-lrp/node");
  useRuntime(runtime);
}

/** An unexpected error is reported as such, with what to do about it; its stack is shown only with ONNX_LRP_DEBUG. */
function sentence(error: Error): string {
  if (error instanceof UserError) return errorText(error);
  const more = process.env.ONNX_LRP_DEBUG ? `\n${error.stack ?? ""}` : " Set ONNX_LRP_DEBUG=1 to see where.";
  return `an error in onnx-lrp itself: ${error.message.replace(/\s+/g, " ").slice(0, 500)}. Please report it.${more}`;
}
