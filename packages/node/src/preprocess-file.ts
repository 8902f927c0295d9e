import { readFile } from "node:fs/promises";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { type Preprocess, parsePreprocess, preprocessPresets, presetByName } from "@onnx-lrp/pictures";
import { readError } from "./read-error.ts";

/**
 * A preset of that name, else the JSON file at that path.
 *
 * @throws UserError "usage" if there is neither, or the file does not describe a preprocessing
 */
export async function resolvePreprocess(nameOrFile: string): Promise<Preprocess> {
  const preset = presetByName(nameOrFile);
  if (preset !== undefined) return preset;
  let text: string;
  try {
    text = await readFile(nameOrFile, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      const names = Object.keys(preprocessPresets).join(", ");
      throw new UserError("usage", `There is no preprocessing "${nameOrFile}".`, {
        subject: { option: "preprocess" },
        remedies: [textRemedy(`give one of ${names}, or a JSON file`)],
        cause,
      });
    }
    throw readError("usage", "preprocessing file", nameOrFile, cause);
  }
  return parsePreprocess(text, nameOrFile);
}
