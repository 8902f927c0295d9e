/** Node.js as a platform: files by their paths, decoded by sharp; onnxruntime-node. */
import type { Platform } from "../platform.ts";
import { readTextFile } from "./text-file.ts";

/** Loads what reads files only when one is read. */
export async function openNodePlatform(): Promise<Platform> {
  const { decodeImage, isPictureFile, resolvePreprocess } = await import("@onnx-lrp/node");
  const { decodeForChannels, pictureSize, readArrayFor, readFeedsFor, runtime } = await import(
    "@onnx-lrp/node/internal"
  );
  return {
    runtime,
    readText: readTextFile,
    readPreprocess: resolvePreprocess,
    readArray: readArrayFor,
    readFeeds: readFeedsFor,
    ...{ isPictureFile, decodePicture: decodeImage, decodeForChannels, pictureSize },
  };
}
