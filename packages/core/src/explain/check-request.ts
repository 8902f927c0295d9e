/** Whether what an explainer is asked for can be had. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { InputPort } from "../input-port/input-port.ts";
import { checkPicture } from "../network/pictures.ts";
import type { Head } from "../relevance-graph/head.ts";

interface Asked {
  readonly image: InputPort;
  readonly graph: { readonly head: Head };
  /** Targets of every picture, where fixed. */
  readonly targetCount: number | undefined;
  readonly record: { readonly settings: Readonly<Record<string, unknown>> };
}

/** @throws UserError `input` for a picture of another size, `usage` for classes that are none or too many */
export function checkRequest(
  { image, graph: { head }, targetCount: fixed, record }: Asked,
  pictures: readonly Float32Array[],
  targets: readonly (readonly number[])[],
  against: readonly (readonly number[])[] | undefined,
): void {
  for (const picture of pictures) checkPicture(image, picture);
  const count = targets[0]?.length ?? 0;
  const even = (lists: readonly (readonly number[])[]) =>
    lists.length === pictures.length && lists.every((list) => list.length === count);
  if (count === 0 || !even(targets)) {
    throw new UserError(
      "usage",
      "Every picture needs a list of targets, at least one, and as many as the others have.",
    );
  }
  if (fixed !== undefined && pictures.length > 0 && count !== fixed) {
    throw new UserError(
      "usage",
      `The explainer was made for ${fixed} target${fixed === 1 ? "" : "s"} a picture, not for ${count}.`,
    );
  }
  const contrast = record.settings.contrast === true;
  if (contrast ? against === undefined || !even(against) : against !== undefined) {
    throw new UserError(
      "usage",
      contrast
        ? "An explainer for a contrast needs a class for each target to be held against."
        : "The explainer was not made for a contrast, and holds targets against no other class.",
    );
  }
  const { classes } = head;
  for (const target of [...targets.flat(), ...(against ?? []).flat()]) {
    if (!Number.isInteger(target) || target >= classes || target < -classes) {
      throw new UserError(
        "usage",
        `There is no class ${target}: the network has ${classes}, numbered 0 to ${classes - 1} (and -1 to -${classes} by rank).`,
      );
    }
  }
}
