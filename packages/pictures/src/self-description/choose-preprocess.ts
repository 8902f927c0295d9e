import { UserError } from "@onnx-lrp/onnx-loader/error";
import { fitsChannels } from "../preprocessing/preprocess.ts";
import type { Preprocess } from "../preprocessing/preprocess-spec.ts";
import type { Fact, SelfDescription } from "./description.ts";
import { type GuessHints, guessPreprocess } from "./guess.ts";
import { ownPreprocess } from "./metadata/own.ts";

/**
 * How pictures become tensors for a network: as the user says, else as the network says, else as its graph or its kind suggests.
 * What is said for another number of channels does not count.
 *
 * @param given what the user asks for
 * @throws UserError "model" if the network's own onnx-lrp metadata are damaged, and nothing is asked for
 */
export function choosePreprocess(
  given: Preprocess | undefined,
  { preprocess, problems }: SelfDescription,
  hints: GuessHints,
): Fact<Preprocess> {
  if (given !== undefined) return { value: given, source: { from: "option", name: given.name } };
  const damaged = problems.find(
    ({ source }) => source.from === ownPreprocess.kind && source.name === ownPreprocess.name,
  );
  if (damaged !== undefined) throw new UserError("model", damaged.value);
  return preprocess.find(({ value }) => fitsChannels(value, hints.channels)) ?? guessPreprocess(hints);
}
