/** Reads a model from a `Blob`: large weights stay in it until a session takes them. */
import type { NamedModel } from "@onnx-lrp/network/portable";
import { type Model, readModel, type Tensor, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import {
  allTensors,
  checkExternalRange,
  type ExternalTensor,
  isExternal,
  isReadAtOnce,
  keepsTensor,
  type ModelSkeleton,
  mapTensors,
  readWithoutWeights,
} from "@onnx-lrp/onnx-loader/internal";
import { readSelfDescription, type SelfDescription, type Sidecar } from "@onnx-lrp/pictures";
import { maxSidecarBytes, sidecarNames } from "@onnx-lrp/pictures/internal";
import { type NamedFiles, readBytes } from "./files.ts";
import { fetchBlob, lastPart, type NamedBlob } from "./sources.ts";

/** A model with what it was read from. */
export interface WebModel extends NamedModel {
  /** The file itself. */
  readonly blob: Blob;
  /** What the file is called as the external data that its own large weights lie in. */
  readonly own: string;
  /** What was read of it: all but the values of large weights. */
  readonly read: ModelSkeleton;
  /** The files that external tensors lie in, by the names that the model gives: its own, and those beside it. */
  readonly data: ReadonlyMap<string, Blob>;
}

/**
 * @param files those given beside the model
 * @throws UserError `model` when it cannot be read, is no ONNX model, or its external data is missing or of another size
 */
export async function readModelBlob(
  { name, blob, address }: NamedBlob,
  files: NamedFiles,
): Promise<WebModel> {
  const own = lastPart(name);
  const { read, model: given } = readSparsely(name, blob) ?? (await readWhole(name, blob));
  const external = allTensors(given.graph).filter(isExternal);
  const data = new Map([[own, blob]]);
  for (const tensor of external) {
    const { location } = tensor.storage;
    if (!data.has(location)) data.set(location, await dataFor(name, tensor, files, address));
  }
  const known = new Map<Tensor, Tensor>();
  for (const tensor of external) {
    const { location } = tensor.storage;
    const file = data.get(location) ?? blob;
    const checked = checkExternalRange(name, tensor, file.size);
    const now = location !== own && isReadAtOnce(checked);
    known.set(tensor, now ? await readExternal(checked, file) : checked);
  }
  const model = mapTensors(given, (tensor) => known.get(tensor) ?? tensor);
  return { path: name, model, blob, own, read, data };
}

/** What only workers have. */
interface WorkerGlobals {
  readonly FileReaderSync?: new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer };
}

type Reading = Pick<WebModel, "read" | "model">;

/** @returns undefined for what is no whole model, where reading all of it says why, and outside of workers */
function readSparsely(name: string, blob: Blob): Reading | undefined {
  const { FileReaderSync } = globalThis as WorkerGlobals;
  if (FileReaderSync === undefined) return undefined;
  const reader = new FileReaderSync();
  const source = {
    size: blob.size,
    read(into: Uint8Array, at: number) {
      into.set(new Uint8Array(reader.readAsArrayBuffer(blob.slice(at, at + into.length))));
    },
  };
  try {
    const read = readWithoutWeights(source, lastPart(name));
    return read && { read, model: readModel(read.bytes, `"${name}"`) };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw unreadable(name, error);
  }
}

async function readWhole(name: string, blob: Blob): Promise<Reading> {
  const bytes = await readBytes(blob, name, { what: "model", kind: "model" });
  return { read: { bytes, placeOf: (index) => index }, model: readModel(bytes, `"${name}"`) };
}

function unreadable(name: string, cause: unknown): UserError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new UserError("model", `The model "${name}" cannot be read: ${message}`, {
    subject: { file: name },
    remedies: [textRemedy("give it again")],
    cause,
  });
}

async function dataFor(
  name: string,
  tensor: ExternalTensor,
  files: NamedFiles,
  address: URL | undefined,
): Promise<Blob> {
  const { location } = tensor.storage;
  const given = files.find(location);
  if (given !== undefined) return given;
  const subject = { file: name, value: tensor.name };
  const where = keepsTensor(name, tensor);
  if (address === undefined) {
    throw new UserError("model", `${where}, and that file is not here.`, {
      subject,
      remedies: [textRemedy(`give "${lastPart(location)}" beside the model`)],
    });
  }
  const folder = new URL(".", address);
  const there = new URL(location.split("/").map(encodeURIComponent).join("/"), folder);
  if (there.href.startsWith(folder.href)) return fetchBlob(there);
  const reason = `${where}, which leads out of the model's folder; such models are refused.`;
  throw new UserError("model", reason, { subject, remedies: [textRemedy("put the data beside the model")] });
}

/** The tensor with its values read. */
async function readExternal(tensor: ExternalTensor, file: Blob): Promise<Tensor> {
  const { location, offset, length } = tensor.storage;
  const part = file.slice(offset, offset + length);
  const bytes = await readBytes(part, location, { what: "external data", kind: "model" });
  return { ...tensor, storage: { kind: "raw", bytes } };
}

/** A model made of the file's, with all external data brought in, to be written as one file. */
export async function withWeightsInside(model: Model, { data, blob }: WebModel): Promise<Model> {
  const inside = new Map<Tensor, Tensor>();
  for (const tensor of allTensors(model.graph).filter(isExternal)) {
    inside.set(tensor, await readExternal(tensor, data.get(tensor.storage.location) ?? blob));
  }
  return mapTensors(model, (tensor) => inside.get(tensor) ?? tensor);
}

/** What a model says of itself, in its file and in the files beside it. */
export async function describeModel({ model }: WebModel, files: NamedFiles): Promise<SelfDescription> {
  const found: Sidecar[] = [];
  for (const name of sidecarNames) {
    const blob = files.find(name);
    if (blob === undefined) continue;
    if (blob.size <= maxSidecarBytes) found.push({ name, path: name, text: await blob.text() });
    else {
      const size = Math.ceil(blob.size / 2 ** 20);
      found.push({ name, path: name, unread: `${name} is too large to be read (${size} MiB).` });
    }
  }
  return readSelfDescription(model, found);
}
