import { createHash } from "node:crypto";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { type ExplanationOptions, type PreparedExplanation, prepareExplanation } from "@onnx-lrp/core";
import { UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { type ModelFile, withWeightsElsewhere, withWeightsInside } from "./model-file.ts";
import { runtime } from "./session.ts";
import { writeFileWhole } from "./write-file.ts";

/** Where the explanation model has its weights: within itself, or in the file of the network. */
export type Weights = "embed" | "reference";

/**
 * Writes the explanation model of a network to a file: forward pass and relevance pass as one ONNX model, for any
 * onnxruntime.
 *
 * @throws UserError `usage` when weights are to be referenced and the network does not lie in the new file's folder or
 * below it, for onnxruntime follows no path out of it
 */
export async function writeExplanationModel(
  file: ModelFile,
  out: string,
  options: ExplanationOptions & { weights?: Weights | undefined },
): Promise<PreparedExplanation> {
  const sourceHash = createHash("sha256").update(file.bytes).digest("hex");
  const folder = dirname(resolve(out));
  const reference = options.weights === "reference";
  const location = relative(folder, resolve(file.path));
  if (reference && (location.startsWith("..") || isAbsolute(location))) {
    throw new UserError(
      "usage",
      `"${out}" cannot refer to the weights in "${file.path}": onnxruntime follows no path that leaves a model's folder. Write it into "${file.folder}", or take --weights embed.`,
    );
  }
  const model = reference ? withWeightsElsewhere(file, folder) : withWeightsInside(file);
  const prepared = await prepareExplanation(model, runtime, { ...options, sourceHash });
  const place = reference
    ? ({ kind: "reference", location: location.split(sep).join("/"), source: file.bytes } as const)
    : ({ kind: "embed" } as const);
  await writeFileWhole(out, writeModel(prepared.model, place));
  return prepared;
}
