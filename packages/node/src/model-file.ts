/** Opens .onnx files. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { type Model, mapTensors, readModel, UserError } from "@onnx-lrp/onnx-loader";
import { checkExternal, isExternal, readExternal } from "./external-data.ts";

/** A model with the file it came from. */
export interface ModelFile {
  readonly path: string;
  /** The folder that external data is relative to. */
  readonly folder: string;
  /** The file itself, behind any symbolic link. */
  readonly real: string;
  readonly bytes: Uint8Array;
  readonly model: Model;
}

/** Protobuf's own limit for a message, and Node's for reading a file at once. */
const largest = 2 ** 31 - 1;

/** External tensors of at most this many bytes are read at once: shapes and bounds are among them. */
const small = 65_536;

/**
 * Reads a model. Weights stay in the file's bytes, or in the files beside it, until someone asks for them.
 *
 * @throws UserError `model` when the file cannot be read, is no ONNX model, or refers to data outside its folder
 */
export function readModelFile(path: string): ModelFile {
  const bytes = readBytes(path);
  const folder = dirname(resolve(path));
  const read = readModel(bytes, `"${path}"`);
  const model = mapTensors(read, (tensor) => {
    if (!isExternal(tensor)) return tensor;
    const checked = checkExternal(path, folder, tensor);
    return checked.storage.length <= small ? readExternal(checked, folder) : checked;
  });
  return { path, folder, real: realpathSync(path), bytes, model };
}

function readBytes(path: string): Uint8Array {
  try {
    const state = statSync(path);
    if (!state.isFile() && !state.isDirectory()) {
      throw new UserError(
        "model",
        `The model "${path}" cannot be read: it is no file, but a pipe or a device.`,
      );
    }
    if (state.size > largest) {
      throw new UserError(
        "model",
        `"${path}" has ${(state.size / 2 ** 30).toFixed(1)} GiB, and an ONNX file can have no more than 2: save the model with its weights as external data.`,
      );
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError("model", `The model "${path}" cannot be read: ${reason(cause)}`, { cause });
  }
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such file.";
  if (code === "EISDIR") return "it is a folder. Give the .onnx file inside it.";
  if (code === "EACCES" || code === "EPERM") return "its permissions do not allow it.";
  if (code === "ENAMETOOLONG") return "its name is too long.";
  return cause instanceof Error ? cause.message : String(cause);
}

/** The model with its external data brought in, to be written as one file. */
export function withWeightsInside({ model, folder }: ModelFile): Model {
  return mapTensors(model, (tensor) => (isExternal(tensor) ? readExternal(tensor, folder) : tensor));
}

/** The model as it must be written to lie in another folder, with its external data named from there. */
export function withWeightsElsewhere({ model, folder }: ModelFile, target: string): Model {
  const way = relative(target, realpathSync(folder));
  if (way === "") return model;
  return mapTensors(model, (tensor) => {
    if (!isExternal(tensor)) return tensor;
    const location = [...way.split(sep), tensor.storage.location].join("/");
    return { ...tensor, storage: { ...tensor.storage, location } };
  });
}

/** Where a session finds the raw weights of a file: the folder it is to look in, and the file's name there. */
export function weightFolder(file: ModelFile): { folder: string; name: string } | undefined {
  const behind = { folder: dirname(file.real), name: basename(file.real) };
  if (behind.folder === realpathSync(file.folder)) return { folder: file.folder, name: behind.name };
  // A link to another folder: sessions follow no path out of one, and there can be only one.
  let external = false;
  mapTensors(file.model, (tensor) => {
    external ||= isExternal(tensor);
    return tensor;
  });
  return external ? undefined : behind;
}
