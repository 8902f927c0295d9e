/** Tensors whose values lie in another file, or elsewhere in the model's own. */
import { largestConstant } from "./constants.ts";
import { byteSize } from "./data-type.ts";
import { obtainAgain, UserError } from "./error.ts";
import type { Tensor, TensorStorage } from "./model.ts";
import { elementCount } from "./tensor.ts";

/** A tensor whose values lie in another file. */
export interface ExternalTensor extends Tensor {
  readonly storage: Extract<TensorStorage, { kind: "external" }>;
}

/** Shapes and bounds are among tensors of at most this many bytes. */
const small = 65_536;

/** Whether an external tensor is read with the model: small ones, and all integers whose numbers passes and rules ask for. */
export function isReadAtOnce({ type, dims, storage }: ExternalTensor): boolean {
  return storage.length <= small || (type === "int64" && elementCount(dims) <= largestConstant);
}

export function isExternal(tensor: Tensor): tensor is ExternalTensor {
  return tensor.storage.kind === "external";
}

/** The beginning of a sentence about where a tensor's values are. @param path of the model */
export function keepsTensor(path: string, { name, storage }: ExternalTensor): string {
  return `"${path}" keeps the tensor "${name}" in "${storage.location}"`;
}

/**
 * @param path of the model
 * @param size of the file that has the data
 * @returns the tensor with its length in bytes, where the file leaves it out
 * @throws UserError `model` when the data is not as long as the tensor needs, or goes beyond the file's end
 */
export function checkExternalRange(path: string, tensor: ExternalTensor, size: number): ExternalTensor {
  const { offset } = tensor.storage;
  const need = byteSize(tensor.type, elementCount(tensor.dims));
  const length = tensor.storage.length === -1 ? need : tensor.storage.length;
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== need || offset + length > size) {
    throw new UserError(
      "model",
      `${keepsTensor(path, tensor)}, ${length} bytes from byte ${offset} on; the tensor needs ${need}, and the file has ${size}.`,
      { subject: { file: path, value: tensor.name }, remedies: [obtainAgain] },
    );
  }
  return { ...tensor, storage: { ...tensor.storage, length } };
}

/** The same tensor with another name for the file that its values lie in. */
export function atLocation(tensor: ExternalTensor, location: string): ExternalTensor {
  return location === tensor.storage.location
    ? tensor
    : { ...tensor, storage: { ...tensor.storage, location } };
}
