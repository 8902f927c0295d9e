import type { RelevanceGraph } from "@onnx-lrp/core";
import { ellipsize, fontFaces, textWidth, wrap } from "../text.ts";
import { drawRelevanceGraph, type RelevanceGraphOptions } from "./draw.ts";

/**
 * Draws a relevance graph, with its font in it. A layer and the nodes that merely pass its output on form one block; edges that
 * relevance flows along are solid, those to gates dashed, those that end at a problem red. Tooltips show more about a node.
 *
 * @returns an SVG document
 */
export function renderRelevanceGraph(graph: RelevanceGraph, options: RelevanceGraphOptions = {}): string {
  const style = `${fontFaces()}text{font-family:"PT Sans","Helvetica Neue",Arial,sans-serif}`;
  return drawRelevanceGraph(graph, { letters: { textWidth, ellipsize, wrap }, style }, options);
}
