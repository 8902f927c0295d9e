/** The names of a network's classes. */
import type { Fact } from "@onnx-lrp/pictures";
import type { OwnLabels } from "@onnx-lrp/pictures/internal";
import type { KnownNetwork } from "./known-network.ts";
import type { Platform } from "./platform.ts";

/** A file of names, `imagenet`, `none`, or the names in index order; undefined for what the model says, else ImageNet's. */
export type LabelSource = "imagenet" | "none" | (string & {}) | readonly string[];

/** @throws UserError `usage` if a file cannot be used, or there are other than `classes` names */
export async function labelsOf(
  source: LabelSource | undefined,
  classes: number,
  { platform, description }: Pick<KnownNetwork, "platform" | "description">,
): Promise<Fact<readonly string[]> | undefined> {
  const { chooseLabels } = await import("@onnx-lrp/pictures/internal");
  const chosen = typeof source === "string" ? await namedLabels(platform, source) : ownLabels(source);
  return chooseLabels(chosen, classes, description);
}

async function namedLabels(platform: Platform, source: string): Promise<"imagenet" | "none" | OwnLabels> {
  if (source === "imagenet" || source === "none") return source;
  const { parseLabels } = await import("@onnx-lrp/pictures");
  return { names: parseLabels(await platform.readText(source, "label file"), source), where: source };
}

function ownLabels(names: readonly string[] | undefined): OwnLabels | undefined {
  return names === undefined ? undefined : { names };
}
