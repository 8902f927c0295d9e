/** Opens .onnx files. */
import { closeSync, fstatSync, openSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import {
  type Model,
  type Remedy,
  readModel,
  type Tensor,
  textRemedy,
  UserError,
} from "@onnx-lrp/onnx-loader";
import {
  allTensors,
  atLocation,
  byteSize,
  checkExternalRange,
  type ExternalTensor,
  elementCount,
  isExternal,
  isReadAtOnce,
  type ModelSkeleton,
  mapTensors,
  readWithoutWeights,
  type WeightPlace,
} from "@onnx-lrp/onnx-loader/internal";
import { besideRealFile, checkExternal, readExternal } from "./external-data.ts";
import { readFully } from "./read-fully.ts";

/** A model with the file it came from. */
export interface ModelFile {
  readonly path: string;
  /** The folder that external data is relative to. */
  readonly folder: string;
  /** What the file is called as the external data that its own large weights lie in, relative to the folder. */
  readonly own: string;
  /** The file itself, behind any symbolic link. */
  readonly real: string;
  /** Of the file, in bytes. */
  readonly size: number;
  /** What was read of it: all but the values of large weights. */
  readonly read: ModelSkeleton;
  /** Of large weights in other files. */
  readonly bytesBeside: number;
  /** Large weights of the file itself are external data in it. */
  readonly model: Model;
}

/** Protobuf's own limit for a message, and Node's for reading a file at once. */
const largest = 2 ** 31 - 1;

/**
 * Reads a model. Large weights stay in the file, or in the files beside it, until someone asks for them: sessions for the
 * model are made by `openSession`, which knows where they lie.
 *
 * @throws UserError `model` when the file cannot be read, is no ONNX model, or refers to data outside its folder
 */
export function readModelFile(path: string): ModelFile {
  const { read, model: given, size } = readSparsely(path) ?? readWhole(path);
  const { model, folder, own } = withDataFolder(path, given);
  const checked = mapTensors(model, (tensor) => {
    if (!isExternal(tensor)) return tensor;
    if (isInside(own, tensor)) return checkExternalRange(path, tensor, size);
    const known = checkExternal(path, folder, tensor);
    return isReadAtOnce(known) ? readExternal(known, folder) : known;
  });
  const beside = allTensors(checked.graph).filter((tensor) => isExternal(tensor) && !isInside(own, tensor));
  const bytesBeside = beside.reduce((sum, { type, dims }) => sum + byteSize(type, elementCount(dims)), 0);
  return { path, folder, own, real: realpathSync(path), size, bytesBeside, read, model: checked };
}

/** The model with its data named from one folder: that of its path, or of the real file if all of it lies there. */
function withDataFolder(path: string, model: Model): Pick<ModelFile, "model" | "folder" | "own"> {
  const [folder, own] = [dirname(resolve(path)), basename(path)];
  const real = realpathSync(path);
  const outer = allTensors(model.graph)
    .filter(isExternal)
    .filter((tensor) => !isInside(own, tensor));
  const beside = new Map(outer.map((tensor) => [tensor, besideRealFile(tensor, folder, dirname(real))]));
  const linked = dirname(real) !== realpathSync(folder) && outer.length > 0;
  if (!linked || [...beside.values()].includes(undefined)) return { model, folder, own };
  const moved = mapTensors(model, (tensor) =>
    isExternal(tensor) ? atLocation(tensor, beside.get(tensor) ?? basename(real)) : tensor,
  );
  return { model: moved, folder: dirname(real), own: basename(real) };
}

type Reading = Pick<ModelFile, "read" | "model" | "size">;

/** @returns undefined for what is no whole model: reading all of it says why */
function readSparsely(path: string): Reading | undefined {
  return attempt(path, () => {
    refuseOthers(path);
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const source = {
        size,
        read(into: Uint8Array, at: number) {
          if (readFully(file, into, at)) return;
          throw new UserError("model", `The model "${path}" cannot be read: it became shorter meanwhile.`, {
            subject: { file: path },
          });
        },
      };
      const read = readWithoutWeights(source, basename(path));
      const model = read && decoded(read.bytes, path, size);
      return model && { read, model, size };
    } finally {
      closeSync(file);
    }
  });
}

/** @returns undefined where the whole file is to be decoded instead, so that errors tell of places in it */
function decoded(bytes: Uint8Array, path: string, size: number): Model | undefined {
  try {
    const model = readModel(bytes, `"${path}"`);
    mapTensors(model, (tensor) =>
      isExternal(tensor) && isInside(basename(path), tensor)
        ? checkExternalRange(path, tensor, size)
        : tensor,
    );
    return model;
  } catch (error) {
    if (error instanceof UserError && size <= largest) return undefined;
    throw error;
  }
}

function readWhole(path: string): Reading {
  const bytes = attempt(path, () => {
    const { size } = statSync(path);
    if (size <= largest) return readFileSync(path);
    throw new UserError(
      "model",
      `"${path}" has ${(size / 2 ** 30).toFixed(1)} GiB, and an ONNX file can have no more than 2.`,
      {
        subject: { file: path },
        remedies: [textRemedy("save the model with its weights as external data")],
      },
    );
  });
  const read = { bytes, placeOf: (index: number) => index };
  return { read, model: readModel(bytes, `"${path}"`), size: bytes.length };
}

function refuseOthers(path: string): void {
  const state = statSync(path);
  if (state.isFile() || state.isDirectory()) return;
  throw new UserError(
    "model",
    `The model "${path}" cannot be read: it is not a file, but a pipe or a device.`,
    {
      subject: { file: path },
    },
  );
}

/** The file system's errors as sentences. */
function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { reason, remedies = [] } = failure(cause);
    const details = { subject: { file: path }, remedies, cause };
    throw new UserError("model", `The model "${path}" cannot be read: ${reason}`, details);
  }
}

function failure(cause: unknown): { reason: string; remedies?: readonly Remedy[] } {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return { reason: "there is no such file." };
  if (code === "EISDIR") {
    return { reason: "it is a folder.", remedies: [textRemedy("give the .onnx file inside it")] };
  }
  if (code === "EACCES" || code === "EPERM") return { reason: "its permissions do not allow it." };
  if (code === "ENAMETOOLONG") return { reason: "its name is too long." };
  return { reason: cause instanceof Error ? cause.message : String(cause) };
}

/** Whether a tensor's values lie in the model's file itself. */
function isInside(own: string, { storage }: ExternalTensor): boolean {
  return storage.location === own;
}

/** A model made of the file's, with all external data brought in, to be written as one file. */
export function withWeightsInside(model: Model, { folder }: ModelFile): Model {
  return mapTensors(model, (tensor) => (isExternal(tensor) ? readExternal(tensor, folder) : tensor));
}

/** A model made of the file's as it must be written to lie in another folder, with external data named from there. */
export function withWeightsElsewhere(model: Model, { folder, own, real }: ModelFile, target: string): Model {
  const way = relative(target, realpathSync(folder));
  const file = relative(target, real).split(sep).join("/");
  return mapTensors(model, (tensor) => {
    if (!isExternal(tensor)) return tensor;
    const location = isInside(own, tensor)
      ? file
      : [...(way === "" ? [] : way.split(sep)), tensor.storage.location].join("/");
    return atLocation(tensor, location);
  });
}

/** How a model made of the file's is written that refers to the weights in it. */
export function weightsIn({ read }: ModelFile, location: string): WeightPlace {
  return { kind: "reference", location, source: read.bytes, placeOf: read.placeOf };
}

/** A model made of the file's for a session, and where that is to find its weights. */
interface SessionModel {
  readonly model: Model;
  readonly weights: WeightPlace;
  /** The folder that the model's external data is relative to. */
  readonly folder: string;
}

export function sessionModel(model: Model, file: ModelFile): SessionModel {
  const { folder, own, real } = file;
  const change = (move: (tensor: ExternalTensor) => Tensor) =>
    mapTensors(model, (tensor) => (isExternal(tensor) && isInside(own, tensor) ? move(tensor) : tensor));
  const here = dirname(real) === realpathSync(folder);
  // A link to another folder: sessions follow no path out of one, and there can be only one.
  if (!here && file.bytesBeside > 0) {
    return { model: change((tensor) => readExternal(tensor, folder)), weights: { kind: "embed" }, folder };
  }
  const name = basename(real);
  return {
    model: change((tensor) => atLocation(tensor, name)),
    weights: weightsIn(file, name),
    folder: here ? folder : dirname(real),
  };
}
