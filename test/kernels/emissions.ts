/**
 * The explanation models whose operations are held to what execution providers can do: every composite and every way to
 * seed, around each layer of the operator table, and the shipped and exported networks.
 */
import { fileURLToPath } from "node:url";
import { compositeByName, methods, ruleCompositeNames } from "@onnx-lrp/core";
import {
  buildRelevanceGraph,
  type CanonicalModel,
  type CompiledExplanation,
  canonicalize,
} from "@onnx-lrp/core/internal";
import { shippedClassifiers } from "@onnx-lrp/models";
import { readModelFile } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import type { Model } from "@onnx-lrp/onnx-loader";
import { network } from "@onnx-lrp/test-kit/network";
import { compile } from "../../packages/core/src/compile/compile.ts";
import type { MapPlan } from "../../packages/core/src/plan/map-plan.ts";
import { attention, classify, embed } from "../../packages/core/test/attention-networks.ts";
import { unweighted, weighted } from "../../packages/core/test/linear-cases.ts";
import { around, layers } from "./layers.ts";
import { type Placement, placementOf, typesOf } from "./placement.ts";

/** Seeds and propagations do not know of each other: each method by its default, each composite by the default method. */
export const ways = [
  ...(["sglrp", "clrp", "lrp", "clrp-gu"] as const).map((method) => ({ method, composite: "zplus-box" })),
  ...(["gradient", "input-x-gradient"] as const).map((method) => ({ method, composite: "gradient" })),
  ...ruleCompositeNames.slice(1).map((composite) => ({ method: "sglrp" as const, composite })),
] as const;

export const pixels = { low: [-2, -2, -2], high: [2, 2, 2] };

export interface Subject {
  readonly opset: number;
  readonly placements: readonly Placement[];
  /** What the network itself is made of, as it is explained. */
  readonly operations: ReadonlySet<string>;
}

export async function examine(model: Model): Promise<Subject> {
  const canonical = await canonicalize(model, runtime);
  const placements = explanationsOf(canonical).map((explanation) =>
    placementOf(explanation, canonical.model, typesOf(explanation.model, canonical.shapes)),
  );
  const operations = new Set(canonical.model.graph.nodes.map(({ op }) => op));
  return { opset: canonical.model.opsets[""] ?? 0, placements, operations };
}

export function explanationsOf({ model, shapes, image }: CanonicalModel): CompiledExplanation[] {
  return ways.map(({ method, composite }) => {
    const graph = buildRelevanceGraph(model, shapes, image, {
      composite: compositeByName(composite),
      unknown: "gradient",
    });
    const explained = methods[method];
    const { seed } = explained;
    const plan: MapPlan =
      explained.kind === "gradient"
        ? { kind: "gradient", method: explained, seed, modelInput: image, baseline: undefined }
        : { kind: "relevance", method: explained, seed, modelInput: image };
    return compile(graph, plan, { pixels, conservation: method !== "clrp-gu" });
  });
}

export const fromFile = (path: string) => () => readModelFile(path).model;

const exported = [
  "bytes-nhwc-17",
  "dynamo-18-unoptimized",
  "dynamo-22-any-batch",
  "dynamo-25",
  "float16-20",
  "keras-15-padded",
  "newest-24",
  "no-batch-nhwc-13",
  "qdq-u16-s8",
  "torchscript-17-shape-arithmetic",
];

export function attentive(): Model {
  const g = network({ input: ["N", 3, 4, 4] });
  return classify(g, attention(g, embed(g)));
}

const all: readonly (readonly [string, () => Model])[] = [
  ...shippedClassifiers.map(({ name, file }) => [name, fromFile(fileURLToPath(file))] as const),
  ["attention", attentive],
  ...exported.map((name) => {
    const file = new URL(`../exporters/networks/${name}.onnx`, import.meta.url);
    return [name, fromFile(fileURLToPath(file))] as const;
  }),
  ...[...weighted, ...unweighted].map(
    ({ name, build, size }) => [name, () => around(build, size && [...size])] as const,
  ),
  ...layers.map(([name, build, opset]) => [name, () => around(build, undefined, opset)] as const),
];

// Relevance goes through a Softmax by the rules of products alone: of a Softmax by itself none would reach the picture.
export const subjects = all.filter(([name]) => name !== "Softmax");
