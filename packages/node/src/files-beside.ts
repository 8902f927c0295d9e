/** The files that belong to a model: what it reads beside itself. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readModel } from "@onnx-lrp/onnx-loader";
import { allTensors, isExternal } from "@onnx-lrp/onnx-loader/internal";
import type { ModelFile } from "./model-file.ts";
import { sidecarFiles } from "./sidecars.ts";

/** Paths of its external data, and of the files that say something of it, each once. */
export function filesBeside(file: ModelFile): string[] {
  const { path, folder, own, read } = file;
  const { graph } = readModel(read.bytes, `"${path}"`);
  const locations = allTensors(graph)
    .filter(isExternal)
    .map(({ storage }) => storage.location)
    .filter((location) => location !== own);
  const data = locations.map((location) => resolve(folder, location)).filter((data) => existsSync(data));
  return [...new Set([...data, ...sidecarFiles(file).map((sidecar) => resolve(sidecar))])];
}
