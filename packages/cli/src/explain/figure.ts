/** The figure of an input: its maps with what is written about them. */
import { basename } from "node:path";
import type { ResolvedTarget } from "@onnx-lrp/core/internal";
import { titleOf } from "@onnx-lrp/core/names";
import type { InputFile } from "@onnx-lrp/network/internal";
import type { InputView } from "@onnx-lrp/pictures";
import { className, percent, shortNumber } from "../format.ts";
import { sourceMark } from "../source-text.ts";
import { labelOf, type TargetResult } from "./results.ts";
import type { DrawnExplanation, InputContext, Place } from "./run-context.ts";
import { numberName, rivalsNote, sumNote, total } from "./words.ts";

function placeTitle({ input: { path }, item }: Place): string {
  const file = basename(path);
  return item === null ? file : `${file} [${item}]`;
}

export async function drawFigure(
  context: InputContext,
  place: Place,
  explanations: readonly DrawnExplanation[],
  view: InputView,
  rival: TargetResult["against"],
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  return renderFigure({
    input: view,
    title: `${placeTitle(place)} · ${basename(context.file.path)}`,
    explanations: explanations.map(({ map, target, probability, asked, box, rivals, relevance, logit }) => ({
      ...map,
      box: box ?? undefined,
      note:
        boxNote(box) ??
        rivalsNote(rivals, 2) ??
        (rival === null ? sumNote(context.explainer, total(relevance), logit) : undefined),
      label:
        targetName(context, target, asked) +
        (rival === null ? "" : `, not ${className(rival.label, rival.class)}`) +
        (context.explainer.head.kind === "score" ? `: ${shortNumber(probability)}` : ""),
      probability: context.explainer.head.kind === "score" ? undefined : probability,
    })),
    caption: caption(context, place.input),
    scale: context.scale,
  });
}

function boxNote(box: TargetResult["box"]): string | undefined {
  if (box === null || box.positiveShare === null) return undefined;
  return `${percent(box.positiveShare)} of the positive relevance in the box`;
}

/** How the figure was made, and where preprocessing and labels come from. */
function caption({ explainer, spec, specSource, labelSource }: InputContext, input: InputFile): string {
  return [
    titleOf(explainer.record),
    ...(input.kind === "picture" ? [`preprocessing ${spec.name} (${sourceMark(specSource)})`] : []),
    ...(labelSource === undefined ? [] : [`labels ${sourceMark(labelSource)}`]),
  ].join(" · ");
}

/** A class with the place it was looked at, or an element. */
function targetName({ labels, explainer }: InputContext, target: number, { where }: ResolvedTarget): string {
  if (explainer.head.kind === "score")
    return where || numberName(explainer.head, labelOf(labels, target), target);
  return [className(labelOf(labels, target), target), ...(where === "" ? [] : [where])].join(" ");
}
