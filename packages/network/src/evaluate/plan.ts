/** The plan of a run: what its results depend on, as `plan.json` keeps it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import type { Plan } from "@onnx-lrp/evaluation/internal";
import type { ModelFile } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader";
import { allTensors } from "@onnx-lrp/onnx-loader/internal";
import type { NamedMethod } from "../method-list.ts";
import { packageVersion } from "../node/version.ts";
import { type EvaluationSetup, optionsFor } from "./setup.ts";

/** @param recorded what its user asked for, as it takes to draw the maps again */
export async function planOf(run: EvaluationSetup, recorded: object): Promise<Plan> {
  const { hashItems } = await import("@onnx-lrp/evaluation/internal");
  const { request, network, dataset, items, methods, metrics, spec, fill } = run;
  const { listing, settings } = request;
  return {
    format: 1,
    version: packageVersion(),
    model: { path: request.model, sha256: await hashModel(network.file) },
    dataset: {
      ...{ path: request.dataset, name: dataset.name, items: items.length },
      sha256: await hashItems(items),
      notes: [...dataset.notes],
    },
    methods: methods.map((method) => ({ name: method.name, parameters: parametersOf(run, method) })),
    measures: metrics.map(({ name }) => ({ name, parameters: {} })),
    ...(await randomizationOf(run)),
    limit: listing.limit ?? null,
    sample: listing.sample ?? null,
    seed: settings.seed ?? 0,
    preprocess: plain(spec),
    preprocessSource: { from: network.specSource.from, source: network.specSource.name },
    fill: [...fill],
    unitSize: unitSizeFor(items.length),
    options: plain(recorded),
  };
}

type Parameters = Plan["methods"][number]["parameters"];

/** The options of a method; a baseline picture is represented by its hash. */
function parametersOf(run: EvaluationSetup, method: NamedMethod): Parameters {
  const {
    providers: _,
    threads: __,
    onFallback: ___,
    sessionOptions: ____,
    baseline,
    ...rest
  } = optionsFor(run, method);
  const held =
    baseline instanceof Float32Array
      ? createHash("sha256").update(new Uint8Array(baseline.buffer)).digest("hex")
      : baseline;
  return plain({ ...rest, reference: held });
}

function plain<T>(value: object): T {
  return JSON.parse(JSON.stringify(value));
}

async function randomizationOf({
  request,
  network,
  randomization,
}: EvaluationSetup): Promise<Pick<Plan, "randomization">> {
  if (!randomization) return {};
  const { cascadeLayers, stepLayers } = await import("@onnx-lrp/evaluation/internal");
  const layers = cascadeLayers(network.file.model, { output: request.settings.output });
  if (layers.length === 0) {
    throw new UserError(
      "unsupported",
      "The model has no convolution, Gemm or MatMul with weights of its own: the metric randomization does not apply to it.",
    );
  }
  const { pictures, steps } = request.randomization;
  return { randomization: { pictures, layers: stepLayers(layers, steps) } };
}

/** A kill, or Ctrl-C, loses at most a unit of each process; about fifty of them make a run of any size. */
function unitSizeFor(items: number): number {
  return Math.min(32, Math.max(2, Math.ceil(items / 50)));
}

/** SHA-256 of the file, and of the files beside it that hold its weights. */
async function hashModel(file: ModelFile): Promise<string> {
  const beside = allTensors(file.model.graph).flatMap(({ storage }) =>
    storage.kind === "external" && storage.location !== basename(file.path) ? [storage.location] : [],
  );
  const hash = createHash("sha256");
  for (const path of [file.path, ...[...new Set(beside)].sort().map((name) => join(file.folder, name))]) {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  }
  return hash.digest("hex");
}
