/** What is said before any input is explained: what is guessed, and what follows from what the network is. */
import type { Explainer, PictureSize } from "@onnx-lrp/core";
import { capitalize } from "@onnx-lrp/onnx-loader/error";
import type { Fact, Preprocess, Source } from "@onnx-lrp/pictures";
import type { Console } from "../console.ts";
import type { MethodArguments } from "../options/method.ts";
import type { ModelArguments } from "../options/model.ts";
import { sourceText } from "../source-text.ts";

/** @param specSource undefined where nothing is preprocessed */
export function sayGuesses(
  console: Console,
  spec: Preprocess,
  specSource: Source | undefined,
  labelSource: Source | undefined,
): void {
  if (specSource?.from === "graph") {
    console.say(
      `The arithmetic at the network's input shows that it takes pixels from 0 to ${spec.name === "none" ? "255" : "1"} (--preprocess overrides this).`,
    );
  }
  const files = [
    ...(specSource?.from === "file" ? [`pictures are preprocessed as ${specSource.name} says`] : []),
    ...(labelSource?.from === "file" ? [`classes are named by ${labelSource.name}`] : []),
  ];
  if (files.length > 0) console.say(`${capitalize(files.join(", "))}.`);
  const guesses = [
    ...(specSource?.from === "guess"
      ? [`pictures are preprocessed as "${spec.name}" (--preprocess overrides this)`]
      : []),
    ...(labelSource?.from === "guess" ? ["classes are named as ImageNet's (--labels overrides this)"] : []),
  ];
  if (guesses.length > 0) console.say(`The model does not say how it was trained: ${guesses.join(", ")}.`);
}

/** Reports that the default composite starts with another rule, for an input without bounds. */
export function sayComposite(console: Console, args: MethodArguments, { image, record }: Explainer): void {
  const isDefault = args.composite === undefined && args.rules === undefined && record.composite === "zplus";
  if (!isDefault || record.pixels !== undefined) return;
  console.say(
    `The input "${image.name}" is not a picture of bytes: the first layer gets the rule zplus, not zbox (--low and --high give the bounds that zbox needs).`,
  );
}

/** Reports how scores are read where the network does not say, and the method that follows from it. */
export function sayHead(
  console: Console,
  { method, head: wanted }: Pick<MethodArguments, "method"> & Pick<ModelArguments, "head">,
  { head, record }: Explainer,
  labels: readonly string[] | undefined,
): void {
  if (head.kind === "none" && labels === undefined && wanted === undefined) {
    console.say(
      `The network does not say what its output "${head.output}" is: it is read as the logits of ${head.classes} classes (--head score reads it as numbers).`,
    );
  }
  if (head.kind === "score" && head.kindSource.by === "guess") {
    console.say(
      `The output "${head.output}" is read as numbers, since ${head.kindSource.why} (--head softmax or sigmoid reads it as scores of classes).`,
    );
  }
  if (method === undefined && record.method === "lrp") {
    const why = head.kind === "score" ? "the output is not scores of classes" : "classes do not compete";
    console.say(`The method is lrp: ${why}, so that there are no rivals for sglrp to subtract.`);
  }
  if (head.others.length > 0) {
    const others = head.others.slice(0, 4).map(({ output, what }) => `"${output}" (${what})`);
    const more = head.others.length > others.length ? ` and ${head.others.length - others.length} more` : "";
    console.say(
      `Explained is the output "${head.output}"; the network also has ${others.join(", ")}${more} (--output).`,
    );
  }
}

export function saySize(console: Console, { value, source }: Fact<PictureSize>): void {
  console.say(
    `Pictures are resized to ${value.height} x ${value.width} pixels, ${sourceText(source, "--size")} (--size overrides this).`,
  );
}

/** Nodes without a rule, which `--unknown` works around. */
export function sayWorkarounds(console: Console, { record: { unknown } }: Explainer): void {
  const { policy, nodes } = unknown;
  if (nodes.length === 0) return;
  const some = nodes.slice(0, 3).join(", ") + (nodes.length > 3 ? " and others" : "");
  console.say(
    `${nodes.length} node${nodes.length === 1 ? "" : "s"} without a rule ${nodes.length === 1 ? "was" : "were"} worked around with --unknown ${policy}: ${some}.`,
  );
}
