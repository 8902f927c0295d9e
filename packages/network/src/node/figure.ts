/** Figures of an explained input: the command's, and those of programs. */
import type { FigureOptions, Prediction } from "@onnx-lrp/report";
import { className } from "../class-name.ts";
import type { DrawnTarget, ExplainedInput } from "../explained.ts";

/** @param maps of the input's, those that are drawn */
export async function drawFigure(
  { view: input, title, caption, isNumber, top }: ExplainedInput,
  maps: readonly DrawnTarget[],
  look: Pick<FigureOptions, "scale" | "backdrop"> = {},
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  const explanations = maps.map(({ map, box, words }) => ({ ...map, box, ...words }));
  const predictions = isNumber ? [] : predictionsOf(top);
  return renderFigure({ input, explanations, title, caption, predictions, ...look });
}

/** Classes of the whole input; those that are found at places or in boxes are not said in one list. */
function predictionsOf(top: ExplainedInput["top"]): Prediction[] {
  if (top.some(({ logit }) => logit === undefined)) return [];
  return top.map(({ label, class: index, probability }) => ({ label: className(label, index), probability }));
}
