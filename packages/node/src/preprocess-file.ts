import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { type Preprocess, parsePreprocess, preprocessPresets } from "@onnx-lrp/pictures";
import { presetByName } from "@onnx-lrp/pictures/internal";
import { readBoundedText } from "./read-bounded.ts";

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
    text = await readBoundedText(nameOrFile, {
      ...{ what: "preprocessing file", limit: "textFileBytes", kind: "usage" },
    });
  } catch (cause) {
    const missing = cause instanceof Error && cause.cause instanceof Error ? cause.cause : undefined;
    if (missing !== undefined && "code" in missing && missing.code === "ENOENT") {
      const names = Object.keys(preprocessPresets).join(", ");
      throw new UserError("usage", `There is no preprocessing "${nameOrFile}".`, {
        subject: { option: "preprocess" },
        remedies: [textRemedy(`give one of ${names}, or a JSON file`)],
        cause,
      });
    }
    throw cause;
  }
  return parsePreprocess(text, nameOrFile);
}
