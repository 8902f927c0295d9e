/** The command line in this process, without a terminal. */
import { fileURLToPath } from "node:url";
import { main } from "@onnx-lrp/cli";

const root = new URL("../../../", import.meta.url);

export const network = fileURLToPath(new URL("test/exporters/networks/base.onnx", root));
export const networks = fileURLToPath(new URL("test/exporters/networks/", root));
export const pictureFile = fileURLToPath(new URL("models/pictures/dotted-disc.png", root));

export async function command(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly said: string }> {
  const [out, said]: [string[], string[]] = [[], []];
  const { log, error } = console;
  // yargs prints help by itself.
  console.log = (text: unknown) => out.push(String(text));
  console.error = (text: unknown) => said.push(String(text));
  try {
    const code = await main(args, { out: (line) => out.push(line), say: (line) => said.push(line) });
    return { code, out: out.join("\n"), said: said.join("\n") };
  } finally {
    console.log = log;
    console.error = error;
  }
}
