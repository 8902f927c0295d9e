import { createHash } from "node:crypto";
import { createReadStream, existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { ExplanationOptions } from "@onnx-lrp/core";
import { type PreparedExplanation, prepareExplanation } from "@onnx-lrp/core/internal";
import { type Model, textRemedy, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { allTensors, byteSize, elementCount } from "@onnx-lrp/onnx-loader/internal";
import { type ModelFile, weightsIn, withWeightsElsewhere, withWeightsInside } from "./model-file.ts";
import { runtime } from "./runtime.ts";
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
  const folder = dirname(resolve(out));
  if (existsSync(out) && realpathSync(out) === file.real) {
    throw new UserError("usage", `"${out}" is the network itself.`, {
      subject: { file: out },
      remedies: [textRemedy("give the explanation model another name")],
    });
  }
  const reference = options.weights === "reference";
  const location = relative(realFolder(folder), file.real);
  if (reference && (location.startsWith("..") || isAbsolute(location))) {
    throw new UserError(
      "usage",
      `"${out}" cannot refer to the weights in "${file.path}": onnxruntime follows no path that leaves a model's folder.`,
      {
        subject: { file: out, option: "weights" },
        remedies: [
          textRemedy(`write it into "${dirname(file.real)}"`),
          { kind: "option", option: "weights", values: ["embed"] },
        ],
      },
    );
  }
  const sourceHash = await hashOf(file.path);
  const prepared = await prepareExplanation(file.model, runtime, { ...options, sourceHash });
  const { model } = prepared.compiled;
  if (!reference && weightBytes(model) > largest) {
    throw new UserError(
      "usage",
      `With its weights inside, "${out}" would have more than the 2 GiB that an ONNX file can have.`,
      {
        subject: { file: out, option: "weights" },
        remedies: [{ kind: "option", option: "weights", values: ["reference"] }],
      },
    );
  }
  const bytes = reference
    ? writeModel(
        withWeightsElsewhere(model, file, realFolder(folder)),
        weightsIn(file, location.split(sep).join("/")),
      )
    : writeModel(withWeightsInside(model, file));
  await writeFileWhole(out, bytes);
  return prepared;
}

/** The real path of a folder; as given if it does not exist yet. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}

/** Protobuf's limit for a message. */
const largest = 2 ** 31 - 1;

function weightBytes({ graph }: Model): number {
  return allTensors(graph).reduce((sum, { type, dims }) => sum + byteSize(type, elementCount(dims)), 0);
}

/** SHA-256 of a file in hexadecimal digits. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}
