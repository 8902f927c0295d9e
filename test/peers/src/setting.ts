/** What both sides are given: the networks and the picture from Python, and what is drawn by chance from here. */
import { readFileSync, writeFileSync } from "node:fs";
import { type MethodName, type PixelBounds, superpixels } from "@onnx-lrp/core";
import { createRandom, hashPicture, prepareExplanation } from "@onnx-lrp/core/internal";
import { encodeNpy, readModelFile, readNpy } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { tensorNumbers } from "@onnx-lrp/onnx-loader";

export type NetworkName = "vgg" | "resnet";

export interface Setting {
  readonly folder: string;
  readonly networks: readonly { readonly name: NetworkName; readonly target: number }[];
  readonly pixels: PixelBounds;
  readonly picture: Float32Array;
}

/** Sizes of what is drawn. Six superpixels have 62 coalitions between none and all, so that ours are Shapley's values. */
export const counts = { noise: 25, references: 50, superpixels: 6, limeSuperpixels: 30, limeSamples: 400 };

/** With seed 0 a gate of vgg is nearer to its edge than float32 resolves (table.ts says what comes of it). */
export const noiseSeed = 1;

export async function readSetting(folder: string): Promise<Setting> {
  const { networks, low, high } = JSON.parse(readFileSync(`${folder}/networks.json`, "utf8")) as Pick<
    Setting,
    "networks"
  > &
    PixelBounds;
  const { data } = await readNpy(`${folder}/picture.npy`);
  return { folder, networks, pixels: { low, high }, picture: Float32Array.from(data, Number) };
}

export function modelPath({ folder }: Setting, network: NetworkName): string {
  return `${folder}/${network}.onnx`;
}

type Part = "noise" | "scales" | "bases";

/**
 * Noise, references, superpixels and coalitions as onnx-lrp draws them, for the peers to take the same: noise.npy
 * [25, 3, H, W], scales.npy [50], bases.npy [50, 3, H, W], labels.npy and lime_labels.npy [H, W], coalitions.npy [400, M].
 */
export async function writeDrawn(setting: Setting): Promise<void> {
  const { folder, networks, picture, pixels } = setting;
  const { model } = readModelFile(modelPath(setting, networks[0]?.name ?? "vgg"));
  const write = (name: string, values: ArrayLike<number>, shape: readonly number[]) =>
    writeFileSync(`${folder}/${name}.npy`, encodeNpy(Float32Array.from(values), shape));
  const drawn = async (method: MethodName, samples: number, seed: number, parts: readonly Part[]) => {
    const { compiled, plan } = await prepareExplanation(model, runtime, { method, samples, seed, pixels });
    for (const part of parts) {
      const tensor = compiled.model.graph.initializers.get(compiled.names.samples?.[part] ?? "");
      if (tensor === undefined) throw new Error(`The model of ${method} holds no ${part}.`);
      write(part, tensorNumbers(tensor), tensor.dims);
    }
    return plan.modelInput;
  };
  const image = await drawn("smoothgrad", counts.noise, noiseSeed, ["noise"]);
  await drawn("gradient-shap", counts.references, 0, ["scales", "bases"]);

  const size = [image.height, image.width];
  write("labels", superpixels(picture, image, { segments: counts.superpixels }).labels, size);
  const parts = superpixels(picture, image, { segments: counts.limeSuperpixels });
  write("lime_labels", parts.labels, size);
  // As lime draws them (packages/core/src/perturbation/lime.ts): the picture itself first.
  const random = createRandom(0, hashPicture(picture));
  const coalitions = Array.from({ length: counts.limeSamples * parts.count }, (_, i) =>
    i < parts.count || random.uniform() < 0.5 ? 1 : 0,
  );
  write("coalitions", coalitions, [counts.limeSamples, parts.count]);
}
