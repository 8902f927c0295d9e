import { UserError } from "@onnx-lrp/onnx-loader";
import { checkPicture } from "../network/pictures.ts";
import type { PerturbationContext } from "./perturbation.ts";

/** @throws UserError `usage` or `input` where picture, classes or fill do not go with the network */
export function checkContext({ scorer, targets, against, picture, fill }: PerturbationContext): void {
  const { image, head } = scorer;
  for (const index of [...targets, ...against]) {
    if (index === undefined || (Number.isInteger(index) && index >= 0 && index < head.classes)) continue;
    throw new UserError(
      "usage",
      `There is no class ${index}: the network's classes go from 0 to ${head.classes - 1}.`,
    );
  }
  checkPicture(image, picture);
  if (fill.length !== image.channels || !fill.every(Number.isFinite)) {
    throw new UserError(
      "usage",
      `The colour of hidden pixels must have one number for each of the picture's ${image.channels} channels; got [${fill.join(", ")}].`,
    );
  }
}
