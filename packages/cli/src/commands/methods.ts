import type { ArgumentsCamelCase, CommandModule, InferredOptionTypes, Options } from "yargs";
import { type Console, outJson } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { table } from "../format.ts";

const options = {
  json: { type: "boolean", default: false, describe: "Print one JSON document, and nothing else, on stdout" },
} as const satisfies Record<string, Options>;

type MethodsArguments = InferredOptionTypes<typeof options>;

export function methodsCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, MethodsArguments> {
  return {
    command: "methods",
    describe: "List the explanation methods, with what each costs and needs",
    builder: (argv) => argv.options(options),
    handler: async (args: ArgumentsCamelCase<MethodsArguments>) => finish(await listMethods(args, console)),
  };
}

async function listMethods(args: MethodsArguments, console: Console): Promise<number> {
  const { methodNames, methods } = await import("@onnx-lrp/core");
  const { costText } = await import("@onnx-lrp/core/internal");
  const all = methodNames.map((name) => {
    const { family, summary, source, cost, needs } = methods[name];
    return { name, family, summary, source, passes: costText(cost), needs };
  });
  if (args.json) {
    outJson(console, { methods: all });
    return exitCodes.success;
  }
  for (const family of new Set(all.map((method) => method.family))) {
    console.out(`${family.charAt(0).toUpperCase()}${family.slice(1)}`);
    const own = all.filter((method) => method.family === family);
    for (const [i, line] of table(own.map(({ name, summary }) => [name, summary])).entries()) {
      const { source, passes, needs } = own[i] ?? { source: "", passes: "", needs: "" };
      console.out(`  ${line}`);
      console.out(`      cost ${passes}; needs ${needs}; ${source}`);
    }
    console.out("");
  }
  console.out("Costs are in forward passes of the network, for one map of one picture.");
  return exitCodes.success;
}
