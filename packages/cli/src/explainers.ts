import type { Explainer, InputSize } from "@onnx-lrp/core";
import type { FileExplainerOptions } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Preprocess } from "@onnx-lrp/pictures";
import { hasFixedSize, sizeOfInput } from "./input-size.ts";
import type { InputFile } from "./inputs.ts";
import type { Network } from "./network.ts";

/** An explainer, and the preprocessing of its pictures. */
interface ReadyExplainer {
  readonly explainer: Explainer;
  readonly spec: Preprocess;
}

/** Explainers for the pictures of a run: the same one, unless the network takes any size and pictures differ. */
export interface Explainers {
  /** One for any of the inputs, to ask about classes. */
  readonly first: ReadyExplainer;
  /** @throws UserError `input` if the input's size is unknown or unusable */
  for(input: InputFile): Promise<ReadyExplainer>;
  release(): Promise<void>;
}

/** The size if no input can be read, so that each can still be reported. */
const anySize: InputSize = { depth: 32, height: 224, width: 224 };

export async function openExplainers(
  { file, picture, size, trainedSize, spec }: Network,
  options: FileExplainerOptions,
  inputs: readonly InputFile[],
): Promise<Explainers> {
  const { openExplainer } = await import("@onnx-lrp/node");
  const fixed = size !== undefined || hasFixedSize(picture);
  const open = (at: InputSize | undefined) => openExplainer(file, { ...options, size: at });
  if (fixed) {
    const ready = { explainer: await open(size), spec };
    return { first: ready, for: async () => ready, release: () => ready.explainer.release() };
  }
  // A picture at its own size is neither cropped nor stretched.
  const whole: Preprocess = trainedSize === undefined ? { ...spec, fit: "squash" } : spec;
  const sizeFor = (input: InputFile) => sizeOfInput(picture, input, trainedSize?.value);
  let now = (await firstSize(inputs, sizeFor)) ?? anySize;
  let explainer = await open(now);
  return {
    first: { explainer, spec: whole },
    for: async (input) => {
      const wanted = await sizeFor(input);
      if (wanted.depth !== now.depth || wanted.height !== now.height || wanted.width !== now.width) {
        await explainer.release();
        explainer = await open(wanted);
        now = wanted;
      }
      return { explainer, spec: whole };
    },
    release: () => explainer.release(),
  };
}

async function firstSize(
  inputs: readonly InputFile[],
  sizeOf: (input: InputFile) => Promise<InputSize>,
): Promise<InputSize | undefined> {
  for (const input of inputs) {
    try {
      return await sizeOf(input);
    } catch (error) {
      // Reported when this input is explained.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}
