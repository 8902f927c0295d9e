/** A program that uses every published package, compiled as its users compile it; nothing here is run. */
import * as core from "@onnx-lrp/core";
import * as maps from "@onnx-lrp/core/maps";
import * as names from "@onnx-lrp/core/names";
import * as rules from "@onnx-lrp/core/rule-file";
import * as evaluation from "@onnx-lrp/evaluation";
import * as models from "@onnx-lrp/models";
import * as node from "@onnx-lrp/node";
import * as loader from "@onnx-lrp/onnx-loader";
import * as errors from "@onnx-lrp/onnx-loader/error";
import * as pictures from "@onnx-lrp/pictures";
import * as report from "@onnx-lrp/report";
import {
  type CompareOptions,
  type EvaluateOptions,
  type ExplainOptions,
  openNetwork,
  type PictureSource,
  UserError,
} from "onnx-lrp";

export const packages = [
  core,
  maps,
  names,
  rules,
  evaluation,
  models,
  node,
  loader,
  errors,
  pictures,
  report,
];

const inputs: readonly PictureSource[] = [
  "zebra.jpg",
  new Uint8Array(8),
  new Blob([]),
  { width: 1, height: 1, data: new Uint8ClampedArray(4) },
  new Float32Array(3),
  { data: new Float32Array(3), dims: [1, 3] },
];

export async function explain(signal: AbortSignal): Promise<readonly string[]> {
  await using network = await openNetwork("net.onnx", {
    preprocess: "imagenet",
    providers: ["cuda", "cpu"],
    threads: 2,
    sessionOptions: { enableMemPattern: false },
  });
  const found: string[] = [];
  const options: ExplainOptions = {
    method: "grad-cam",
    layer: "conv5",
    target: ["zebra", 340, "top:2"],
    signal,
  };
  for await (const { top, explanations } of network.explainEach(inputs, options)) {
    found.push(top[0]?.label ?? "");
    for (const { relevance, heatmap, sum, savePng } of explanations) {
      await savePng(`${relevance.length} ${heatmap.width} ${sum}.png`);
    }
  }
  return found;
}

export async function measure(signal: AbortSignal): Promise<readonly (number | undefined)[]> {
  await using network = await openNetwork("net.onnx");
  const { methods, savePage } = await network.compare("zebra.jpg", {
    methods: ["sglrp", "sglrp:epsilon-plus", "lrp:epsilon@epsilon=0.01"],
    target: "zebra",
    signal,
  });
  await savePage("zebra.html", { view: "map", scale: "row" });
  const shares: number[] = [];
  const { summary } = await network.evaluate("photos", {
    folder: "run",
    methods: "all",
    metrics: ["pointing-game", "randomization"],
    onProgress: ({ stage, done, total }) => shares.push(stage === "pictures" ? done / total : 0),
  });
  const figures = summary.measures.flatMap((metric) => metric.methods.map(({ headline }) => headline?.value));
  const rivals = methods.flatMap(({ explanations }) => explanations.flatMap((one) => one.rivals));
  return [...shares, ...figures, ...rivals.map(({ weight }) => weight)];
}

export const kindOf = (error: unknown): string | undefined =>
  error instanceof UserError ? error.kind : undefined;

// @ts-expect-error a method that does not exist
export const misspelt: ExplainOptions = { method: "sglpr" };
// @ts-expect-error a composite that does not exist
export const unknown: ExplainOptions = { composite: "zminus" };
// @ts-expect-error a method that does not exist
export const compared: CompareOptions = { methods: ["sglrp", "sglpr"] };
// @ts-expect-error a composite that does not exist
export const composed: CompareOptions = { methods: ["sglrp:zminus"] };
// @ts-expect-error a metric that does not exist
export const measured: EvaluateOptions = { folder: "run", metrics: ["pointing"] };
// @ts-expect-error results need a folder
export const homeless: EvaluateOptions = { methods: "all" };
// @ts-expect-error relevance cannot be written to
export const written = async () => ((await (await openNetwork("a")).explain("b")).explanations[0].sum = 1);
