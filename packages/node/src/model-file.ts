/** Opens .onnx files, and checks that what they refer to lies beside them. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { type Graph, type Model, readModel, subgraphs, type Tensor, UserError } from "@onnx-lrp/onnx-loader";

/** A model with the file it came from. */
export interface ModelFile {
  readonly path: string;
  /** The folder that external data is relative to. */
  readonly folder: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly model: Model;
}

/** Protobuf's own limit for a message, and Node's for reading a file at once. */
const largest = 2 ** 31 - 1;

/**
 * Reads a model. Weights stay in the file's bytes, or in the files beside it, until someone asks for them.
 *
 * @throws UserError `model` when the file cannot be read, is no ONNX model, or refers to data outside its folder
 */
export function readModelFile(path: string): ModelFile {
  const bytes = readBytes(path);
  const folder = dirname(resolve(path));
  const model = readModel(bytes, path);
  for (const tensor of externalTensors(model.graph)) checkExternal(path, folder, tensor);
  return { path, folder, name: basename(path), bytes, model };
}

function readBytes(path: string): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > largest) {
      throw new UserError(
        "model",
        `"${path}" has ${(size / 2 ** 30).toFixed(1)} GiB, and an ONNX file can have no more than 2: save the model with its weights as external data.`,
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
  return cause instanceof Error ? cause.message : String(cause);
}

function externalTensors(graph: Graph): Tensor[] {
  const inNodes = graph.nodes.flatMap((node) => [
    ...[...node.attributes.values()].flatMap((attribute) =>
      attribute.kind === "tensor" ? [attribute.value] : [],
    ),
    ...subgraphs(node).flatMap(externalTensors),
  ]);
  return [...graph.initializers.values(), ...inNodes].filter(({ storage }) => storage.kind === "external");
}

/** A model must not make us read files that its folder does not hold: no absolute path, no `../`, no link out of it. */
function checkExternal(path: string, folder: string, tensor: Tensor): void {
  if (tensor.storage.kind !== "external") return;
  const { location, offset, length } = tensor.storage;
  const where = `"${path}" keeps the tensor "${tensor.name}" in "${location}"`;
  if (location === "" || isAbsolute(location) || /^[A-Za-z]:/.test(location)) {
    throw new UserError(
      "model",
      `${where}, which is not a path beside the model; such models are refused. Save it with relative external data.`,
    );
  }
  const file = resolve(folder, location);
  let real: string;
  let size: number;
  try {
    real = realpathSync(file);
    size = statSync(real).size;
  } catch (cause) {
    throw new UserError(
      "model",
      `${where}, and that file is not there. Copy it into "${folder}" beside the model.`,
      { cause },
    );
  }
  if (leaves(folder, file) || leaves(realpathSync(folder), real)) {
    throw new UserError(
      "model",
      `${where}, which leads out of the model's folder; such models are refused. Copy the data beside the model.`,
    );
  }
  if (offset < 0 || offset + Math.max(length, 0) > size) {
    throw new UserError(
      "model",
      `${where}, at bytes ${offset} to ${offset + length}, and that file has only ${size} bytes. Download or export it again.`,
    );
  }
}

function leaves(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

/** The model with its external data brought in, to be written as one file. */
export function withWeightsInside({ model, folder }: ModelFile): Model {
  const initializers = new Map(
    [...model.graph.initializers].map(([name, tensor]) => [name, inside(tensor, folder)]),
  );
  return { ...model, graph: { ...model.graph, initializers } };
}

function inside(tensor: Tensor, folder: string): Tensor {
  if (tensor.storage.kind !== "external") return tensor;
  const { location, offset, length } = tensor.storage;
  const file = openSync(join(folder, location), "r");
  try {
    const bytes = new Uint8Array(length < 0 ? fstatSync(file).size - offset : length);
    let done = 0;
    while (done < bytes.length) {
      const more = readSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 30), offset + done);
      if (more === 0) break;
      done += more;
    }
    return { ...tensor, storage: { kind: "raw", bytes } };
  } finally {
    closeSync(file);
  }
}

/** The model as it must be written to lie in another folder, with its external data named from there. */
export function withWeightsElsewhere({ model, folder }: ModelFile, target: string): Model {
  const way = relative(target, folder);
  if (way === "") return model;
  const moved = (tensor: Tensor): Tensor => {
    if (tensor.storage.kind !== "external") return tensor;
    return {
      ...tensor,
      storage: { ...tensor.storage, location: join(way, tensor.storage.location).split(sep).join("/") },
    };
  };
  const initializers = new Map([...model.graph.initializers].map(([name, tensor]) => [name, moved(tensor)]));
  return { ...model, graph: { ...model.graph, initializers } };
}
