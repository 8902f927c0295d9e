/** A network's map of an input in a file beside it, against a peer's in another. */
import type { Target } from "@onnx-lrp/core";
import { type FileExplainerOptions, openExplainer, readNpy } from "@onnx-lrp/node";
import { type Comparison, compare } from "./compare.ts";

export async function readNumbers(path: string): Promise<Float32Array> {
  return Float32Array.from((await readNpy(path)).data, Number);
}

/**
 * @param file FILE.onnx is the network, FILE.npy the input
 * @param map FILE.MAP.npy is the peer's, which has the scale of the method's definition
 */
export async function compareFiles(
  file: string,
  map: string,
  target: Target,
  options: FileExplainerOptions,
): Promise<Comparison> {
  const peer = await readNpy(`${file}.${map}.npy`);
  const explainer = await openExplainer(`${file}.onnx`, options);
  const [result] = await explainer.explain([await readNumbers(`${file}.npy`)], [[target]]);
  await explainer.release();
  const { relevance = new Float32Array(), seedScale = 1 } = result?.explanations[0] ?? {};
  const own = Float64Array.from(relevance, (value) => value * seedScale);
  return compare(own, Float64Array.from(peer.data, Number));
}
