/** Names of a network's classes. */
import type { Fact } from "@onnx-lrp/pictures";
import type { KnownNetwork } from "./known-network.ts";

/** A file of names, `imagenet`, `none`, or the names in index order. */
export type LabelSource = "imagenet" | "none" | (string & {}) | readonly string[];

/** @throws UserError `usage` for a file that cannot be read, and for another number of names than there are classes */
export async function labelsOf(
  labels: LabelSource | undefined,
  classes: number,
  { description }: Pick<KnownNetwork, "description">,
): Promise<Fact<readonly string[]> | undefined> {
  if (labels === undefined || typeof labels === "string") {
    const { labelsFor } = await import("@onnx-lrp/node/internal");
    return labelsFor(labels, classes, description);
  }
  const { chooseLabels } = await import("@onnx-lrp/pictures/internal");
  return chooseLabels({ names: labels }, classes, description);
}
