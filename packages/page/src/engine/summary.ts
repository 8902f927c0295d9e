/** What a network is, in short. */
import type { InspectedExplanation } from "@onnx-lrp/core";
import { nodesBetween } from "@onnx-lrp/core/internal";
import type { KnownNetwork } from "@onnx-lrp/network/portable";
import type { NetworkSummary } from "./engine.ts";
import { refusalOf } from "./refusal.ts";

interface Summarized {
  readonly known: KnownNetwork;
  readonly bytes: number;
  readonly analysis: InspectedExplanation;
  readonly labels: readonly string[];
  readonly provider: string;
}

export function summaryOf({ known, bytes, analysis, labels, provider }: Summarized): NetworkSummary {
  const { graph, record, problems } = analysis;
  const { head, image } = graph;
  const counts = new Map<string, number>();
  for (const { op } of nodesBetween(graph, problems)) counts.set(op, (counts.get(op) ?? 0) + 1);
  const [problem] = problems;
  const open = known.picture.height === undefined || known.picture.width === undefined;
  return {
    name: known.file.path,
    bytes,
    input: `${open ? `any size, here ` : ""}${image.dims.slice(1).join(" x ")}`,
    output: outputText(head),
    operations: [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count),
    answers: head.boxes !== undefined ? "boxes" : head.form === "places" ? "places" : "classes",
    labels,
    method: record.method,
    composite: record.composite,
    refusal: problem === undefined ? undefined : refusalOf(problem.error),
    runsOn: provider === "webgpu" ? "the GPU (WebGPU)" : runsOnWasm(),
  };
}

function outputText({ boxes, form, classes, kind }: InspectedExplanation["graph"]["head"]): string {
  if (boxes !== undefined) return `boxes of ${classes} classes`;
  if (kind === "score") return classes === 1 ? "a number" : `${classes} numbers`;
  if (form === "single") return "yes or no";
  return `${form === "places" ? "at each place " : ""}${classes} classes`;
}

/** Threads need a page that is isolated. */
function runsOnWasm(): string {
  if (!globalThis.crossOriginIsolated) return "wasm, one thread";
  const threads = navigator.hardwareConcurrency;
  return threads === 1 ? "wasm, one thread" : `wasm, ${threads} threads`;
}
