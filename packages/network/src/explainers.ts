import type { Explainer, ExplainerOptions, InputSize } from "@onnx-lrp/core";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Preprocess } from "@onnx-lrp/pictures";
import { hasFixedSize, sizeOfInput } from "./input-size.ts";
import type { KnownNetwork } from "./known-network.ts";
import type { InputSource } from "./picture-source.ts";
import type { ArrayFeeds, NamedModel } from "./platform.ts";

/** An explainer, and the preprocessing of its pictures. */
interface ReadyExplainer {
  readonly explainer: Explainer;
  readonly spec: Preprocess;
}

/**
 * Explainers for the inputs of a run: the same one, unless the network takes any size and inputs differ, or their files have
 * values of other inputs.
 */
export interface Explainers {
  /** One for any of the inputs, to ask about classes. */
  readonly first: ReadyExplainer;
  /** @throws UserError `input` if the input's size is unknown or unusable */
  for(input: InputSource): Promise<ReadyExplainer>;
  release(): Promise<void>;
}

/** The size if no input can be read. */
const anySize: InputSize = { depth: 32, height: 224, width: 224 };

/** @param options with `openSession`, which knows where the network's weights lie */
export async function openExplainers(
  { platform, file, picture, size, trainedSize, spec, unfed }: KnownNetwork,
  options: ExplainerOptions,
  inputs: readonly InputSource[],
): Promise<Explainers> {
  const { createExplainer } = await import("@onnx-lrp/core");
  const fixed = size !== undefined || hasFixedSize(picture);
  const open = ({ at, feeds }: Wanted) =>
    createExplainer(platform.runtime, file.model, {
      ...options,
      size: at,
      feeds: { ...options.feeds, ...feeds },
    });
  // A picture at its own size is neither cropped nor stretched.
  const whole: Preprocess = fixed || trainedSize !== undefined ? spec : { ...spec, fit: "squash" };
  const wantedFor = async (input: InputSource): Promise<Wanted> => {
    const feeds = input.kind === "tensor" ? await platform.readFeeds(unfed, input.path) : {};
    checkOfOne(file, input.path, feeds);
    const at = fixed ? size : await sizeOfInput(platform, picture, input, trainedSize?.value);
    return { at, feeds, file: Object.keys(feeds).length === 0 ? undefined : input.path };
  };
  let now = await firstWanted(
    inputs,
    wantedFor,
    unfed.length === 0 ? withoutFeeds(fixed ? size : anySize) : undefined,
  );
  let explainer = await open(now);
  return {
    first: { explainer, spec: whole },
    for: async (input) => {
      const wanted = await wantedFor(input);
      if (!isSame(wanted, now)) {
        await explainer.release();
        explainer = await open(wanted);
        now = wanted;
      }
      return { explainer, spec: whole };
    },
    release: () => explainer.release(),
  };
}

/** What an explainer must be made for. */
interface Wanted {
  readonly at: InputSize | undefined;
  readonly feeds: ArrayFeeds;
  /** The file that these values are in, if there are any. */
  readonly file: string | undefined;
}

function isSame(a: Wanted, b: Wanted): boolean {
  return (
    a.file === b.file &&
    a.at?.depth === b.at?.depth &&
    a.at?.height === b.at?.height &&
    a.at?.width === b.at?.width
  );
}

/** @throws UserError `input` for as many values of another input as there are inputs to explain: all have the same */
function checkOfOne({ model }: NamedModel, path: string, feeds: ArrayFeeds): void {
  for (const [name, { shape }] of Object.entries(feeds)) {
    const dims = model.graph.inputs.find((input) => input.name === name)?.type?.dims;
    const count = shape[0] ?? 1;
    if (typeof dims?.[0] === "number" || dims?.length !== shape.length || count === 1) continue;
    throw new UserError(
      "input",
      `"${path}" holds ${count} values of the input "${name}", and one is needed for all that is explained in a file.`,
      { subject: { file: path, value: name }, remedies: [textRemedy("write one file for each input")] },
    );
  }
}

/** @param otherwise where no input can be read, so that each can still be reported; undefined to report the first at once */
async function firstWanted(
  inputs: readonly InputSource[],
  wantedFor: (input: InputSource) => Promise<Wanted>,
  otherwise: Wanted | undefined,
): Promise<Wanted> {
  let first: UserError | undefined;
  for (const input of inputs) {
    try {
      return await wantedFor(input);
    } catch (error) {
      // Reported when this input is explained.
      if (!(error instanceof UserError)) throw error;
      first ??= error;
    }
  }
  if (otherwise !== undefined || first === undefined) return otherwise ?? withoutFeeds(anySize);
  throw first;
}

function withoutFeeds(at: InputSize | undefined): Wanted {
  return { at, feeds: {}, file: undefined };
}
