/**
 * Weights in files beside the model. A model must not make us read files that its folder does not hold: no absolute path,
 * no `../`, no link out of it. Where the model is itself a link, that folder may be the one of the real file.
 */
import { closeSync, existsSync, openSync, realpathSync, type Stats, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { type Tensor, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import {
  checkExternalRange,
  type ExternalTensor,
  isExternal,
  keepsTensor,
  obtainAgain,
} from "@onnx-lrp/onnx-loader/internal";
import { readFully } from "./read-fully.ts";

/**
 * @returns the tensor with its length in bytes, where the file leaves it out
 * @throws UserError `model` when the data lies outside the folder, is missing, or has another size than the tensor
 */
export function checkExternal(path: string, folder: string, tensor: ExternalTensor): ExternalTensor {
  const { location } = tensor.storage;
  const where = keepsTensor(path, tensor);
  const subject = { file: path, value: tensor.name };
  if (location === "" || isAbsolute(location) || /^[A-Za-z]:/.test(location)) {
    throw new UserError("model", `${where}, which is not a path beside the model; such models are refused.`, {
      subject,
      remedies: [textRemedy("save it with relative external data")],
    });
  }
  const outside = new UserError(
    "model",
    `${where}, which leads out of the model's folder; such models are refused.`,
    { subject, remedies: [copyBeside] },
  );
  const file = resolve(folder, location);
  if (leaves(folder, file)) throw outside;
  const { real, state } = lookAt(file, folder, where);
  if (leaves(realpathSync(folder), real)) throw outside;
  if (!state.isFile()) {
    throw new UserError("model", `${where}, which is not a file.`, { subject, remedies: [copyBeside] });
  }
  return checkExternalRange(path, tensor, state.size);
}

/**
 * Where the data of a model that is a link to another folder lies beside the real file, as in Hugging Face's cache, whose
 * snapshots are links to blobs: behind a link beside the model's, or there under the name that the model gives it.
 *
 * @returns the path from the real file's folder; undefined where the data lies elsewhere
 */
export function besideRealFile(
  { storage: { location } }: ExternalTensor,
  folder: string,
  realFolder: string,
): string | undefined {
  if (location === "" || isAbsolute(location) || leaves(folder, resolve(folder, location))) return undefined;
  const named = [folder, realFolder].map((from) => resolve(from, location)).find((file) => existsSync(file));
  const real = named === undefined ? undefined : realpathSync(named);
  if (real === undefined || leaves(realFolder, real)) return undefined;
  return relative(realFolder, real).split(sep).join("/");
}

const copyBeside = textRemedy("copy the data beside the model");

function lookAt(file: string, folder: string, where: string): { real: string; state: Stats } {
  try {
    const real = realpathSync(file);
    return { real, state: statSync(real) };
  } catch (cause) {
    throw new UserError("model", `${where}, and that file does not exist.`, {
      remedies: [textRemedy(`copy it into "${folder}" beside the model`)],
      cause,
    });
  }
}

function leaves(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

/** The tensor with its values read. */
export function readExternal(tensor: ExternalTensor, folder: string): Tensor {
  const { location, offset, length } = tensor.storage;
  const file = openSync(join(folder, location), "r");
  try {
    const bytes = new Uint8Array(length);
    if (!readFully(file, bytes, offset)) {
      throw new UserError("model", `"${location}" ends before the tensor "${tensor.name}" does.`, {
        subject: { file: location, value: tensor.name },
        remedies: [obtainAgain],
      });
    }
    return { ...tensor, storage: { kind: "raw", bytes } };
  } finally {
    closeSync(file);
  }
}

/** The values of a tensor that lies in another file, as `ExternalData` of onnx-loader. @param folder of the model */
export function externalBytes(tensor: Tensor, folder: string): Uint8Array {
  const { storage } = isExternal(tensor) ? readExternal(tensor, folder) : tensor;
  if (storage.kind !== "raw") throw new Error(`"${tensor.name}" does not lie in another file.`);
  return storage.bytes;
}
