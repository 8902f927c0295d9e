import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { imagenetLabels } from "../labels/labels.ts";
import type { Fact, SelfDescription } from "./description.ts";

/** Names that a caller gives. */
export interface OwnLabels {
  readonly names: readonly string[];
  /** The path of the file that they were read from; undefined if they were not. */
  readonly where?: string | undefined;
}

/**
 * The names of a network's classes, in index order; undefined if they are unknown.
 *
 * Left to choose, these are the first that the network is said to have, if they are as many as the classes. Where neither the
 * model nor its graph has names of its own, a network of 1000 classes gets ImageNet's, and one of 1001 these after "background":
 * that is a guess.
 *
 * @param choice "imagenet", "none", names of one's own, or undefined
 * @throws UserError "usage" if the names asked for are more or fewer than `classes`
 */
export function chooseLabels(
  choice: "imagenet" | "none" | OwnLabels | undefined,
  classes: number,
  { labels }: Pick<SelfDescription, "labels">,
): Fact<readonly string[]> | undefined {
  if (choice === "none") return undefined;
  if (choice === "imagenet") return asked("ImageNet", imagenetFor(classes) ?? refuseImagenet(classes));
  if (choice !== undefined) return asked(choice.where ?? "labels", checkCount(choice, classes));
  const said = labels.find(({ value }) => value.length === classes);
  if (said !== undefined) return said;
  // Names of another number are the model's own all the same; a file beside it may belong to another.
  const hasOwn = labels.some(({ source }) => source.from !== "file");
  const guessed = hasOwn ? undefined : imagenetFor(classes);
  return guessed && { value: guessed, source: { from: "guess", name: `${classes} classes` } };
}

function asked(name: string, value: readonly string[]): Fact<readonly string[]> {
  return { value, source: { from: "option", name } };
}

function imagenetFor(classes: number): readonly string[] | undefined {
  if (classes === imagenetLabels.length) return imagenetLabels;
  return classes === imagenetLabels.length + 1 ? ["background", ...imagenetLabels] : undefined;
}

function refuseImagenet(classes: number): never {
  throw new UserError(
    "usage",
    `ImageNet has 1000 classes (1001 with a background), and the model has ${classes}.`,
    {
      subject: { option: "labels" },
      remedies: [textRemedy("give a label file of the model's own classes")],
    },
  );
}

function checkCount({ names, where }: OwnLabels, classes: number): readonly string[] {
  if (names.length === classes) return names;
  const what = where === undefined ? `"labels"` : `The label file "${where}"`;
  throw new UserError("usage", `${what} has ${names.length} names, and the model has ${classes} classes.`, {
    subject: { file: where, option: "labels" },
    remedies: [textRemedy("give one name per class")],
  });
}
