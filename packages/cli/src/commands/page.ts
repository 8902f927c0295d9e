import { basename } from "node:path";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ArgumentsCamelCase, Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { Console } from "../console.ts";
import { exitCodes } from "../exit-codes.ts";
import { untilInterrupted } from "../interrupt.ts";
import { withExamples } from "../options/examples.ts";

const options = {
  port: {
    type: "number",
    nargs: 1,
    default: 0,
    defaultDescription: "any that is free",
    describe: "Port of the address",
  },
} as const satisfies Record<string, Options>;

type PageArguments = InferredOptionTypes<typeof options> & {
  model?: string | undefined;
  pictures?: string[] | undefined;
};

export function pageCommand(
  console: Console,
  finish: (code: number) => void,
): CommandModule<object, PageArguments> {
  return {
    command: "page [model] [pictures..]",
    describe: "Serve the page to this machine, with these files opened, until Ctrl-C",
    builder: (argv) =>
      withExamples(
        argv
          .positional("model", {
            type: "string",
            describe: "An .onnx file, or the name of an included network",
          })
          .positional("pictures", {
            type: "string",
            array: true,
            describe: "Pictures, arrays (.npy), folders of them",
          })
          .options(options),
        [
          ["page", "the page, with the included networks"],
          ["page net.onnx zebra.jpg", "the network and the picture, explained in a browser"],
        ],
      ) as Argv<PageArguments>,
    handler: async (args: ArgumentsCamelCase<PageArguments>) => finish(await page(args, console)),
  };
}

async function page({ model, pictures, port }: PageArguments, console: Console): Promise<number> {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new UserError("usage", `--port must be an integer from 0 to 65535; got ${port}.`, {
      subject: { option: "port" },
    });
  }
  const { pageFiles, servedFile } = await import("../page/page-files.ts");
  const { servePage } = await import("../page/server.ts");
  const paths = [
    ...(model === undefined ? [] : await modelFiles(model)),
    ...(await pictureFiles(pictures ?? [])),
  ];
  const files = await pageFiles(paths.map((path) => basename(path)));
  for (const [i, path] of paths.entries()) files.set(`/opened/${i}`, servedFile(path));
  const server = await servePage(files, port);
  console.out(server.address);
  console.say("Open this address in a browser of this machine; Ctrl-C ends.");
  await untilInterrupted(async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  });
  await server.close();
  return exitCodes.interrupted;
}

/** The model, and the files that it reads beside itself. @throws UserError `model` */
async function modelFiles(model: string): Promise<string[]> {
  const { findModel } = await import("@onnx-lrp/network/internal");
  const { readModelFile } = await import("@onnx-lrp/node");
  const { filesBeside } = await import("@onnx-lrp/node/internal");
  const file = readModelFile(await findModel(model));
  return [file.path, ...filesBeside(file)];
}

/** @throws UserError `input` for a file that is not there */
async function pictureFiles(paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const { statSync } = await import("node:fs");
  const { listInputs } = await import("@onnx-lrp/network/internal");
  const { isPictureFile } = await import("@onnx-lrp/node");
  const inputs = await listInputs(paths, isPictureFile);
  for (const { path, kind } of inputs) {
    if (kind !== "empty folder" && statSync(path, { throwIfNoEntry: false })?.isFile() === true) continue;
    const reason =
      kind === "empty folder" ? `The folder "${path}" has no pictures in it.` : `There is no file "${path}".`;
    throw new UserError("input", reason, { subject: { file: path } });
  }
  return inputs.map(({ path }) => path);
}
