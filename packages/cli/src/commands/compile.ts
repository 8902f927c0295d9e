import { basename, extname } from "node:path";
import { titleOf } from "@onnx-lrp/core/names";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { withExamples } from "../options/examples.ts";
import { methodOptions } from "../options/method.ts";
import { modelOptions, withModel } from "../options/model.ts";
import { fileIn, outHelp } from "../options/out.ts";
import { explanationOptions, openNetwork } from "../options/resolve.ts";
import { runtimeOption } from "../options/session.ts";

const options = {
  out: {
    alias: "o",
    type: "string",
    demandOption: true,
    describe: `${outHelp}; here NAME.METHOD.onnx`,
  },
  weights: {
    choices: ["embed", "reference"],
    default: "embed",
    describe:
      "Copy the weights into the new file, or refer to those in the network's file (in the same folder or below)",
  },
  ...methodOptions,
  ...modelOptions,
  ...runtimeOption,
  contrast: {
    type: "boolean",
    default: false,
    describe: "Add an input for the class that each target is contrasted with: why this and not that",
  },
  size: {
    ...modelOptions.size,
    describe: "Size of inputs: 224, 240x320 or DEPTHxHEIGHTxWIDTH; needed if the network takes any",
  },
} as const satisfies Record<string, Options>;

type CompileArguments = InferredOptionTypes<typeof options> & { model: string };

export function compileCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, CompileArguments> {
  return {
    command: "compile <model>",
    describe: "Write the forward and relevance passes as one ONNX model, which runs anywhere",
    builder: (argv) =>
      withExamples(withModel(argv).options(options), [
        [
          "compile net.onnx -o net.sglrp.onnx",
          "takes targets [N,K] beside the picture, and gives relevance [N,K,...]",
        ],
        [
          "compile net.onnx -o net.lrp.onnx --method lrp --weights reference",
          "a small file in the network's folder",
        ],
      ]) as Argv<CompileArguments>,
    handler: async (args: ArgumentsCamelCase<CompileArguments>) => finish(await compile(args, console)),
  };
}

async function compile(args: CompileArguments, console: Console): Promise<number> {
  const { writeExplanationModel } = await import("@onnx-lrp/node");
  const network = await openNetwork(args);
  const weights = args.weights === "reference" ? "reference" : "embed";
  const path = fileIn(
    args.out,
    `${basename(args.model, extname(args.model))}.${args.method ?? "explained"}.onnx`,
  );
  const { analysis, plan, compiled } = await writeExplanationModel(network.file, path, {
    ...(await explanationOptions(args, network)),
    contrast: args.contrast,
    weights,
  });
  const { sayRuntime } = await import("@onnx-lrp/node/internal");
  sayRuntime(console.say);
  const { record, graph } = analysis;
  const { modelInput: image } = plan;
  const { names, map } = compiled;
  const { mapSizes } = await import("@onnx-lrp/core");
  const picture = image.dims.slice(1).map(Number).join(",");
  const batch = typeof image.batch === "number" ? image.batch : "N";
  const type = image.type === "float32" ? "" : `${image.type} `;
  console.out(`${path}: ${titleOf(record)}`, "heading");
  console.out(
    `  in   ${image.name} ${type}[${batch},${picture}], ${names.targets} int64 [${batch},K]: a class, or -r for the r-th most probable`,
    "fact",
  );
  if (names.against !== undefined) {
    console.out(`       ${names.against} int64 [${batch},K]: the class that each target is contrasted with`);
  }
  const own = Object.values(names.samples ?? {}).filter((name) => name !== undefined);
  if (own.length > 0)
    console.out(`       ${own.join(", ")}: the samples; default those of --samples and --seed`);
  console.out(
    `  out  ${names.relevance} [${batch},K,${mapSizes(map).join(",")}], ${names.seedScale} [${batch},K], ${names.targetClasses} [${batch},K], ${names.logits} [${batch},${graph.head.classes}]`,
    "fact",
  );
  return exitCodes.success;
}
