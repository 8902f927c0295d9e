import { fileURLToPath } from "node:url";
import type { ShippedClassifier, ShippedDetector, ShippedSegmenter } from "@onnx-lrp/models";
import type { ArgumentsCamelCase, CommandModule, InferredOptionTypes, Options } from "yargs";
import { type Console, outJson } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { percent, table } from "../format.ts";

const options = {
  json: { type: "boolean", default: false, describe: "Print one JSON document, and nothing else, on stdout" },
} as const satisfies Record<string, Options>;

type Measured =
  | Pick<ShippedClassifier, "task" | "accuracy">
  | Pick<ShippedDetector, "task" | "ap50">
  | Pick<ShippedSegmenter, "task" | "meanIou">;

type ModelsArguments = InferredOptionTypes<typeof options>;

export function modelsCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, ModelsArguments> {
  return {
    command: "models",
    describe: "List the included networks, and how to export well-known ones",
    builder: (argv) => argv.options(options),
    handler: async (args: ArgumentsCamelCase<ModelsArguments>) => finish(await models(args, console)),
  };
}

async function models(args: ModelsArguments, console: Console): Promise<number> {
  const { picturesFolder, recipeScript, recipes, shippedNetworks } = await import("@onnx-lrp/models");
  const networks = shippedNetworks.map(({ file, card, ...facts }) => ({
    ...facts,
    file: fileURLToPath(file),
    card: fileURLToPath(card),
  }));
  const script = fileURLToPath(recipeScript);
  if (args.json) {
    outJson(console, { networks, pictures: fileURLToPath(picturesFolder), recipes, script });
    return exitCodes.success;
  }
  console.out("Included networks, trained on scenes of known objects; commands take them by name:");
  const rows = networks.map((n) => [n.name, n.title, qualityOf(n), `opset ${n.opset}`, n.exporter]);
  for (const line of table(rows)) console.out(`  ${line}`);
  console.out(`Pictures for them: ${fileURLToPath(picturesFolder)}`);
  console.out("");
  console.out(
    "Networks with ImageNet weights, exported on your machine (Python with torch, torchvision, onnx):",
  );
  for (const line of table(recipes.map((r) => [r.name, r.title, `${r.megabytes} MB`, r.command])))
    console.out(`  ${line}`);
  console.out(`The script, which exports any classifier of torchvision: ${script}`);
  return exitCodes.success;
}

/** How good a network is on scenes that it was not trained on. */
function qualityOf(network: Measured): string {
  switch (network.task) {
    case "classify":
      return percent(network.accuracy);
    case "detect":
      return `AP50 ${percent(network.ap50)}`;
    case "segment":
      return `mean IoU ${percent(network.meanIou)}`;
  }
}
