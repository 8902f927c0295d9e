import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a model: as given, or of the included network of that name if there is no such file. */
export async function findModel(given: string): Promise<string> {
  if (existsSync(given)) return given;
  const { shippedNetworks } = await import("@onnx-lrp/models");
  const shipped = shippedNetworks.find(({ name }) => name === given);
  return shipped === undefined ? given : fileURLToPath(shipped.file);
}
