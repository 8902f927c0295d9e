/** Files in memory that count what is read of them, and models read without their weights. */
import type { Model } from "../src/index.ts";
import { type ByteSource, type ModelSkeleton, mapTensors, readWithoutWeights } from "../src/internal.ts";

/** The longest payload that is read. */
export const largest = 512 * 1024;

export function sourceOf(
  bytes: Uint8Array,
): ByteSource & { readonly read_: { bytes: number; calls: number } } {
  const read_ = { bytes: 0, calls: 0 };
  return {
    size: bytes.length,
    read_,
    read(into, at) {
      if (at < 0 || at + into.length > bytes.length) throw new Error(`read of ${into.length} at ${at}`);
      read_.bytes += into.length;
      read_.calls += 1;
      into.set(bytes.subarray(at, at + into.length));
    },
  };
}

export function sparse(bytes: Uint8Array): ModelSkeleton {
  const made = readWithoutWeights(sourceOf(bytes), "the file.onnx");
  if (made === undefined) throw new Error("the file was not read");
  return made;
}

/** The model with its payloads taken from the file. */
export function restored(model: Model, bytes: Uint8Array): Model {
  return mapTensors(model, (tensor) => {
    if (tensor.storage.kind !== "external" || tensor.storage.location !== "the file.onnx") return tensor;
    const { offset, length } = tensor.storage;
    return { ...tensor, storage: { kind: "raw", bytes: bytes.subarray(offset, offset + length) } };
  });
}

/** All that a model holds, with its bytes as text that tests can compare fast. */
export function content(model: Model): string {
  const { source: _, ...rest } = model;
  return JSON.stringify(rest, (_key, part) => {
    if (part instanceof Map) return [...part];
    if (part instanceof Set) return [...part];
    if (ArrayBuffer.isView(part))
      return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
    return typeof part === "bigint" ? String(part) : part;
  });
}
