import { UserError } from "@onnx-lrp/onnx-loader";
import yargs from "yargs";
import { compileCommand } from "./commands/compile.ts";
import { explainCommand } from "./commands/explain.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { modelsCommand } from "./commands/models.ts";
import { type Console, processConsole } from "./console.ts";
import { exitCodeHelp, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { packageVersion } from "./version.ts";

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
  const parser = yargs([...args])
    .scriptName("onnx-lrp")
    .usage(
      "$0 COMMAND\n\nWhich pixels speak for a class, and which for its rivals, in any CNN that was exported to ONNX.",
    )
    .command(explainCommand(console, finish))
    .command(inspectCommand(console, finish))
    .command(compileCommand(console, finish))
    .command(modelsCommand(console, finish))
    .demandCommand(
      1,
      "Say what to do: explain, inspect, compile or models. With --help each tells its options.",
    )
    .strict()
    .version(packageVersion())
    .alias("h", "help")
    .epilogue(exitCodeHelp)
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .fail((message, error) => {
      if (error !== undefined) throw error;
      throw new UserError("usage", `${message} (onnx-lrp --help)`);
    });
  try {
    await parser.parseAsync();
    return code;
  } catch (error) {
    console.say(`onnx-lrp: ${error instanceof Error ? sentence(error) : String(error)}`);
    return exitCodeOf(error);
  }
}

/** An error that no user should meet says so, and what to do about it; its stack is shown only when asked for. */
function sentence(error: Error): string {
  if (error instanceof UserError) return error.message;
  const more = process.env.ONNX_LRP_DEBUG ? `\n${error.stack ?? ""}` : " Set ONNX_LRP_DEBUG=1 to see where.";
  return `an error in onnx-lrp itself: ${error.message}. Please report it.${more}`;
}
