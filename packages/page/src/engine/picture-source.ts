import type { PictureSource } from "@onnx-lrp/network/portable";
import { decodeNpy, toFloat32 } from "@onnx-lrp/pictures/internal";

/** A file as a network can be asked about it: pixels of a picture, or the numbers of an array. */
export async function pictureSource(file: File): Promise<PictureSource> {
  if (!/\.npy$/i.test(file.name)) return file;
  const array = decodeNpy(new Uint8Array(await file.arrayBuffer()), file.name);
  return { data: toFloat32(array.data), dims: array.shape };
}
