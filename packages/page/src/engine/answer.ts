/** What a network says of an input, as the page shows it. */
import type { OutputPort } from "@onnx-lrp/core";
import { className, type ExplainedInput } from "@onnx-lrp/network/portable";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputView } from "@onnx-lrp/pictures";
import { opaquePixels } from "@onnx-lrp/pictures/internal";
import type { Answer, Candidate, NetworkSummary, Question } from "./engine.ts";

interface AnswerSource {
  readonly explained: ExplainedInput;
  readonly head: OutputPort;
  readonly summary: NetworkSummary;
  readonly question: Question & { readonly target: string };
  readonly milliseconds: number;
}

export function answerOf({ explained, head, summary, question, milliseconds }: AnswerSource): Answer {
  const [one] = explained.explanations;
  if (one === undefined) throw new UserError("run", "No map came back.");
  const { labels } = summary;
  const nameOf = (index: number) => nameFor(head, labels[index], index, explained.isNumber);
  const top = explained.top.map(
    ({ class: index, probability, box, places }, i): Candidate => ({
      target: box === undefined ? String(index) : `box:${i + 1}`,
      ...{ class: index, name: nameOf(index), probability, box, places },
    }),
  );
  const { method, composite } = explained;
  const { heatmap, relevance, shape, box } = one;
  return {
    ...{ top, heatmap, relevance, shape, box, method, composite, milliseconds },
    picture: pictureOf(explained.view),
    name: one.class < 0 ? (one.where ?? "") : nameOf(one.class),
    class: one.class,
    target: question.target === "top" ? (top[0]?.target ?? "top") : question.target,
    where: one.where,
    against: one.against === undefined ? undefined : nameOf(one.against.class),
    ...{ probability: one.probability, logit: one.logit, isNumber: explained.isNumber },
    ...{ sum: one.sum, seedScale: one.seedScale, convergenceDelta: one.convergenceDelta },
    rivals: one.rivals.map(({ class: index, weight }) => ({ name: nameOf(index), weight })),
    caption: explained.caption,
    notes: explained.notes,
  };
}

function nameFor(
  { form, output }: OutputPort,
  label: string | undefined,
  index: number,
  isNumber: boolean,
): string {
  if (label !== undefined || !isNumber) return className(label, index);
  return form === "single" ? output : `output ${index}`;
}

function pictureOf(view: InputView): Answer["picture"] {
  if (view.kind !== "picture" && view.kind !== "bands") return undefined;
  const { width, height } = view.picture;
  return { width, height, data: opaquePixels(view.picture) };
}
