/** Validates pictures, targets and contrast classes. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { TargetForm } from "../explanation-options.ts";
import type { InputPort } from "../input-port/input-port.ts";
import { checkPicture } from "../network/pictures.ts";
import type { OutputPort } from "../output-port/output-port.ts";
import type { PreparedExplanation } from "../prepare.ts";
import { checkTarget, type Target } from "../targets/target.ts";

/** What an explainer can be asked for. */
export interface RequestLimits {
  readonly image: InputPort;
  readonly head: OutputPort;
  /** Targets of every picture, if their number is fixed. */
  readonly targetCount: number | undefined;
  readonly targetForm: TargetForm;
  /** Whether each target is contrasted with another class. */
  readonly contrast: boolean;
}

export function limitsOf({ analysis, plan, compiled }: PreparedExplanation): RequestLimits {
  const { targetCount, targetForm, contrast } = compiled;
  return { image: plan.modelInput, head: analysis.graph.head, targetCount, targetForm, contrast };
}

/** @throws UserError `input` for a picture of another size, `usage` for invalid classes, or another number of them */
export function checkRequest(
  { image, head, targetCount: fixed, targetForm, contrast }: RequestLimits,
  pictures: readonly Float32Array[],
  targets: readonly (readonly Target[])[],
  against: readonly (readonly Target[])[] | undefined,
): void {
  for (const picture of pictures) checkPicture(image, picture);
  const count = targets[0]?.length ?? 0;
  const even = (lists: readonly (readonly Target[])[]) =>
    lists.length === pictures.length && lists.every((list) => list.length === count);
  if (count === 0 || !even(targets)) {
    throw new UserError(
      "usage",
      "Every picture needs a list of targets: at least one, and the same number for all pictures.",
    );
  }
  if (fixed !== undefined && pictures.length > 0 && count !== fixed) {
    throw new UserError(
      "usage",
      `The explainer was made for ${fixed} target${fixed === 1 ? "" : "s"} per picture, not for ${count}.`,
    );
  }
  if (contrast ? against === undefined || !even(against) : against !== undefined) {
    throw new UserError(
      "usage",
      contrast
        ? "An explainer for a contrast needs, for each target, a class to contrast it with."
        : "The explainer was not made for a contrast: it takes no classes to contrast targets with.",
    );
  }
  const { classes } = head;
  for (const target of [...targets.flat(), ...(against ?? []).flat()]) {
    if (targetForm === "weights") {
      checkTarget(head, target);
      continue;
    }
    if (typeof target !== "number") {
      throw new UserError("usage", "The explainer is asked with classes, and was given weights.", {
        subject: { option: "targetForm" },
        remedies: [{ kind: "option", option: "targetForm", values: ["weights"] }],
      });
    }
    if (!Number.isInteger(target) || target >= classes || target < -classes) {
      throw new UserError(
        "usage",
        `There is no class ${target}: the network has ${classes}, numbered 0 to ${classes - 1} (and -1 to -${classes} by rank).`,
      );
    }
  }
}

/** @throws UserError `usage` */
export function checkBatchSize(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize >= 1) return;
  throw new UserError("usage", `The batch size must be an integer of at least 1; got ${batchSize}.`, {
    subject: { option: "batchSize" },
  });
}
