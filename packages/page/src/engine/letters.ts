/** How wide letters are, asked of a canvas. */
import { fitting, type Letters } from "@onnx-lrp/report/relevance-graph";

export function canvasLetters(): Letters {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  return fitting((text, { size, weight = "regular" }) => {
    if (context === null) return text.length * size * 0.55;
    context.font = `${weight === "bold" ? 700 : 400} ${size}px "PT Sans", system-ui, sans-serif`;
    return context.measureText(text).width;
  });
}
