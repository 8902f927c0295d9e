/** Figures of an explained input: the command's, and those of programs. */
import type { FigureScale } from "@onnx-lrp/report";
import type { DrawnTarget, ExplainedInput } from "../explained.ts";

/** @param maps of the input's, those that are drawn */
export async function drawFigure(
  { view: input, title, caption }: ExplainedInput,
  maps: readonly DrawnTarget[],
  { scale }: { readonly scale?: FigureScale } = {},
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  const explanations = maps.map(({ map, box, words }) => ({ ...map, box, ...words }));
  return renderFigure({ input, explanations, title, caption, ...(scale === undefined ? {} : { scale }) });
}
