import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The path of a picture: as given, or of the included picture of that name if there is no such file. */
export async function findPicture(given: string): Promise<string> {
  if (existsSync(given) || given !== basename(given)) return given;
  const { picturesFolder } = await import("@onnx-lrp/models");
  const included = join(fileURLToPath(picturesFolder), given);
  return given !== "" && existsSync(included) ? included : given;
}
