/** Explains by methods that ask the network again and again, or not at all. */
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import { placeCount } from "../grid/grid.ts";
import { oneChannel } from "../heatmap.ts";
import type { PerturbationMethod } from "../methods/method.ts";
import type { MethodName } from "../names.ts";
import type { Runtime } from "../network/runtime.ts";
import { openScorer } from "../network/scorer.ts";
import { perturbationFor } from "../perturbation/registry.ts";
import { baselineImage } from "../plan/baseline.ts";
import { compositeName } from "../plan/composite.ts";
import { boundsByChannel } from "../relevance-graph/pixel-bounds.ts";
import { defaultParameters } from "../rules/parameters.ts";
import { checkRequest } from "./check-request.ts";
import type { Explainer, ExplainerOptions, PictureExplanation } from "./explanation.ts";
import { questionOf } from "./perturbation-question.ts";

export async function createPerturbationExplainer(
  runtime: Runtime,
  network: Model,
  method: PerturbationMethod,
  options: ExplainerOptions,
): Promise<Explainer> {
  const { composite, rules, contrast, conservation, seed = 0, score = "probability" } = options;
  const given = compositeName(composite) ?? rules?.name;
  if (given !== undefined) {
    const option = composite === undefined ? "rules" : "composite";
    throw new UserError("usage", `The method ${method.name} takes no composite, but was given "${given}".`, {
      subject: { method: method.name, option },
      remedies: [{ kind: "omit", option }],
    });
  }
  if (conservation) {
    throw new UserError(
      "usage",
      `The method ${method.name} does not propagate relevance, so that there is no conservation to report.`,
      { subject: { method: method.name, option: "conservation" } },
    );
  }
  const { layer } = options;
  if (layer !== undefined && method.perturbation !== "score-cam") {
    throw new UserError(
      "usage",
      `The method ${method.name} does not explain a single layer, but was given the layer "${layer}".`,
      { subject: { method: method.name, option: "layer" }, remedies: [{ kind: "omit", option: "layer" }] },
    );
  }
  const wanted = layer === undefined ? ("last" as const) : { name: layer };
  const blackBox = await openScorer(runtime, network, {
    ...options,
    batchSize: options.batchSize ?? 8,
    layer: method.perturbation === "score-cam" ? wanted : undefined,
  });
  const { image, head } = blackBox;
  const map = oneChannel(image);
  const { run, settings } = perturbationFor(method, blackBox, options);
  const fill = fillColour(options, image.channels, method.name);
  const asks = method.family !== "control";
  const record = {
    method: method.name,
    composite: "none",
    parameters: { ...defaultParameters, ...options.parameters },
    pixels: options.pixels && boundsByChannel(image, options.pixels),
    unknown: { policy: options.unknown ?? "error", nodes: [] },
    settings: {
      ...settings,
      ...(asks ? { score, fill } : {}),
      seed,
      ...(contrast ? { contrast: true } : {}),
    },
  } as const;
  // A colour of other channels is refused here, before any picture is.
  baselineImage(image, fill);
  const targetForm = options.targetForm ?? (head.form === "places" ? "weights" : "classes");
  const limits = { image, head, targetCount: undefined, targetForm, contrast: contrast === true };
  return {
    ...{ image, head, map, record },
    prepared: undefined,
    score: (pictures) => blackBox.score(pictures),
    release: () => blackBox.release(),
    async explain(pictures, targets, against) {
      checkRequest(limits, pictures, targets, against);
      const results: PictureExplanation[] = [];
      for (const [n, picture] of pictures.entries()) {
        const [scores] = await blackBox.score([picture]);
        if (scores === undefined) throw new UserError("run", "onnxruntime returned no class scores.");
        const question = questionOf(blackBox, scores, targets[n] ?? [], against?.[n]);
        const maps = await run({
          ...{ ...question.asked, picture, score, fill, seed },
          onProgress: options.onProgress,
        });
        results.push({
          ...scores,
          explanations: question.targets.map((target, k) => ({
            target: target.class,
            logit: target.logit,
            probability: target.probability,
            seedScale: 1,
            relevance: maps[k] ?? new Float32Array(placeCount(image)),
          })),
          quantized: undefined,
          conservation: undefined,
        });
      }
      return results;
    },
  };
}

/** What hidden pixels are set to. */
function fillColour({ baseline }: ExplainerOptions, channels: number, method: MethodName): number[] {
  if (baseline instanceof Float32Array) {
    throw new UserError(
      "usage",
      `The method ${method} sets hidden pixels to a colour, one number per channel, and not to a baseline picture.`,
      { subject: { method, option: "baseline" } },
    );
  }
  const colour = baseline ?? [0];
  return colour.length === 1 ? new Array<number>(channels).fill(colour[0] ?? 0) : [...colour];
}
