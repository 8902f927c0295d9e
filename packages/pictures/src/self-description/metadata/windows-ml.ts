import { type Preprocess, preprocessPresets } from "../../preprocessing/preprocess-spec.ts";
import type { ModelReader } from "../reader.ts";

/** What a byte becomes, by `Image.NominalPixelRange`. */
const ranges: Readonly<Record<string, Pick<Preprocess, "scale" | "mean" | "std">>> = {
  nominalrange_0_255: { scale: 1, mean: [0], std: [1] },
  normalized_0_1: { scale: 1 / 255, mean: [0], std: [1] },
  normalized_1_1: { scale: 1 / 127.5, mean: [1], std: [1] },
  // Video: black is 16, white 235.
  nominalrange_16_235: { scale: 219 / 255, mean: [-16], std: [1] },
};

const orders: Readonly<Record<string, Preprocess["order"]>> = {
  gray8: "rgb",
  rgb8: "rgb",
  rgba8: "rgb",
  bgr8: "bgr",
  bgra8: "bgr",
};

/**
 * ONNX's image metadata (docs/MetadataProps.md of onnx), which Windows ML, WinMLTools and Custom Vision use. Keys and values may
 * have letters of either case. Windows ML scales a picture to cover the input and cuts off the rest.
 */
export const windowsMl: ModelReader = {
  kind: "model",
  name: "Image metadata of Windows ML",
  read({ metadata }) {
    const properties = new Map(
      Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value.trim().toLowerCase()]),
    );
    const format = properties.get("image.bitmappixelformat");
    const range = properties.get("image.nominalpixelrange");
    if (format === undefined && range === undefined) return undefined;
    // Windows ML's defaults: Bgr8, and bytes as they are.
    const order = lookUp(orders, format ?? "bgr8");
    const numbers = lookUp(ranges, range ?? "nominalrange_0_255");
    if (order === undefined || numbers === undefined) return undefined;
    return { preprocess: { ...preprocessPresets.none, name: "windows-ml", cropRatio: 1, order, ...numbers } };
  },
};

function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
