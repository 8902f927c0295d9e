import type { OutputPort } from "@onnx-lrp/core";
import { elementAt, scoreLayout } from "@onnx-lrp/core/internal";
import type { ExplainedInput } from "@onnx-lrp/network/portable";

/** The most probable class at a pixel of the picture, as `--target` takes it. */
export function targetAt(
  head: OutputPort,
  { logits, view }: Pick<ExplainedInput, "logits" | "view">,
  { x, y }: { readonly x: number; readonly y: number },
): string {
  const layout = scoreLayout(head);
  const [rows = 1, columns = 1] = layout.placeSizes;
  const { width, height } =
    view.kind === "picture" || view.kind === "bands" ? view.picture : { width: columns, height: rows };
  const along = (at: number, size: number, from: number) =>
    Math.min(size - 1, Math.floor(((at + 0.5) * size) / from));
  const place = along(y, rows, height) * columns + along(x, columns, width);
  let best = 0;
  const at = (index: number) => logits[elementAt(layout, place, index)] ?? Number.NEGATIVE_INFINITY;
  for (let index = 1; index < layout.classes; index++) if (at(index) > at(best)) best = index;
  return `${best}@${x},${y}`;
}
