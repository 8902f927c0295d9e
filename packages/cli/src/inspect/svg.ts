import { basename } from "node:path";
import type { InspectedExplanation } from "@onnx-lrp/core";
import type { Facts } from "./facts.ts";
import { verdict } from "./verdict.ts";

/** Writes the relevance graph as an SVG file. */
export async function drawGraph(
  path: string,
  { graph, problems }: InspectedExplanation,
  facts: Facts,
): Promise<void> {
  const { renderRelevanceGraph } = await import("@onnx-lrp/report");
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  const svg = renderRelevanceGraph(graph, {
    problems,
    title: basename(facts.model),
    subtitle: verdict(facts),
  });
  await writeFileWhole(path, new TextEncoder().encode(svg));
}
