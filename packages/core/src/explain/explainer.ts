/** Runs an explanation model over pictures. */
import { type Model, readModel, runtimeMessage, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import type { InferenceSession } from "onnxruntime-common";
import { type ExplanationOptions, type PreparedExplanation, prepareExplanation } from "../prepare.ts";
import { type ConservationReport, conservationReport } from "./conservation-report.ts";
import { type OriginalNetwork, openOriginal } from "./original.ts";
import { pictureTensor } from "./picture-tensor.ts";
import { probabilities } from "./probabilities.ts";
import type { OpenSession, Runtime } from "./runtime.ts";

/** One target's map for one picture. */
export interface Explanation {
  /** The class that was explained. */
  readonly target: number;
  readonly logit: number;
  readonly probability: number;
  /** What the map is to be multiplied with to be the one of the method's definition (SGLRP: p_t (1 - p_t)); else 1. */
  readonly seedScale: number;
  /** In the input's shape without the batch, row-major. */
  readonly relevance: Float32Array;
}

export interface PictureExplanation {
  readonly logits: Float32Array;
  readonly probabilities: Float64Array;
  /** In the order of the targets. */
  readonly explanations: readonly Explanation[];
  /** Only for quantized networks, which are explained through their float equivalent. */
  readonly quantized: QuantizedComparison | undefined;
  /** Only where asked for: a report for each target. */
  readonly conservation: readonly ConservationReport[] | undefined;
}

/** What the quantized network itself says, beside the float equivalent that is explained. */
export interface QuantizedComparison {
  readonly probabilities: Float64Array;
  /** The largest difference between the two networks' probabilities of a class. */
  readonly difference: number;
}

export interface Explainer {
  readonly prepared: PreparedExplanation;
  /**
   * @param pictures each in the input's shape without the batch, row-major, as the network takes it
   * @param targets for each picture the same number of targets: a class, or -r for the r-th most probable class
   * @throws UserError `usage` for a class that does not exist, `input` for a picture of another size, `scores`
   * for scores or maps that are not finite, `run` for what onnxruntime reports
   */
  explain(
    pictures: readonly Float32Array[],
    targets: readonly (readonly number[])[],
  ): Promise<PictureExplanation[]>;
  release(): Promise<void>;
}

export interface ExplainerOptions extends ExplanationOptions {
  /** Pictures that go through the network together, where its batch size is not fixed; default 1. */
  readonly batchSize?: number | undefined;
  /** Targets of every picture, where known beforehand: the first picture is then explained sooner; default any number. */
  readonly targetCount?: number | undefined;
  /** Default: a session of the given runtime with its own options. */
  readonly openSession?: OpenSession | undefined;
}

/**
 * Makes an explainer for a network.
 *
 * @param runtime onnxruntime-node, onnxruntime-web or another package with onnxruntime's JavaScript interface
 * @param model a model, or the bytes of an .onnx file
 */
export async function createExplainer(
  runtime: Runtime,
  model: Model | Uint8Array,
  options: ExplainerOptions = {},
): Promise<Explainer> {
  const network = model instanceof Uint8Array ? readModel(model) : model;
  const { batchSize = 1, targetCount: targets } = options;
  const pictures = batchSize === 1 ? 1 : undefined;
  const prepared = await prepareExplanation(network, runtime, { ...options, runs: { pictures, targets } });
  const open = options.openSession ?? ((whole: Model) => runtime.InferenceSession.create(writeModel(whole)));
  const session = await open(prepared.model);
  const original = prepared.dequantized
    ? await openOriginal(runtime, network, prepared.graph, open)
    : undefined;
  return explainerOf(runtime, prepared, session, batchSize, original);
}

/**
 * An explainer for an explanation model that is loaded already.
 *
 * @param original the quantized network itself, to be compared with; released together with the session
 */
export function explainerOf(
  runtime: Runtime,
  prepared: PreparedExplanation,
  session: InferenceSession,
  batchSize: number,
  original?: OriginalNetwork,
): Explainer {
  const { batch } = prepared.graph.image;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new UserError("usage", `The batch size must be a whole number from 1 on, not ${batchSize}.`);
  }
  const size = typeof batch === "number" ? batch : batchSize;
  return {
    prepared,
    async release() {
      await session.release();
      await original?.release();
    },
    async explain(pictures, targets) {
      check(prepared, pictures, targets);
      const results: PictureExplanation[] = [];
      for (let start = 0; start < pictures.length; start += size) {
        const group = pictures.slice(start, start + size);
        const wanted = targets.slice(start, start + size);
        const fill = typeof batch === "number" ? batch - group.length : 0;
        const whole = padded(group, fill);
        const run = await runGroup(runtime, prepared, session, whole, padded(wanted, fill));
        const compared = await original?.run(joined(whole), whole.length);
        results.push(
          ...run
            .slice(0, group.length)
            .map((result, i) => ({ ...result, quantized: comparison(result, compared?.[i]) })),
        );
      }
      return results;
    },
  };
}

/** Pictures one after another. */
function joined(pictures: readonly Float32Array[]): Float32Array {
  const elements = pictures[0]?.length ?? 0;
  const data = new Float32Array(pictures.length * elements);
  for (const [i, picture] of pictures.entries()) data.set(picture, i * elements);
  return data;
}

function comparison(
  { probabilities: explained }: Pick<PictureExplanation, "probabilities">,
  own: Float64Array | undefined,
): QuantizedComparison | undefined {
  if (own === undefined) return undefined;
  const difference = own.reduce((most, p, i) => Math.max(most, Math.abs(p - (explained[i] ?? 0))), 0);
  return { probabilities: own, difference };
}

/** A network with a fixed batch gets the last picture again in the places left over. */
function padded<T>(items: readonly T[], fill: number): T[] {
  return [...items, ...Array.from({ length: fill }, () => items.at(-1)).filter((item) => item !== undefined)];
}

function check(
  { graph, targetCount: fixed }: PreparedExplanation,
  pictures: readonly Float32Array[],
  targets: readonly (readonly number[])[],
): void {
  const { dims } = graph.image;
  const elements = dims
    .slice(1)
    .map(Number)
    .reduce((a, b) => a * b, 1);
  for (const picture of pictures) {
    if (picture.length !== elements) {
      throw new UserError(
        "input",
        `The network takes pictures of ${dims.slice(1).map(Number).join(" x ")} = ${elements} numbers; this one has ${picture.length}.`,
      );
    }
  }
  const count = targets[0]?.length ?? 0;
  if (targets.length !== pictures.length || count === 0 || targets.some((list) => list.length !== count)) {
    throw new UserError(
      "usage",
      "Every picture needs a list of targets, at least one, and as many as the others have.",
    );
  }
  if (fixed !== undefined && pictures.length > 0 && count !== fixed) {
    throw new UserError(
      "usage",
      `The explainer was made for ${fixed} target${fixed === 1 ? "" : "s"} a picture, not for ${count}.`,
    );
  }
  const { classes } = graph.head;
  for (const target of targets.flat()) {
    if (!Number.isInteger(target) || target >= classes || target < -classes) {
      throw new UserError(
        "usage",
        `There is no class ${target}: the network has ${classes}, numbered 0 to ${classes - 1} (and -1 to -${classes} by rank).`,
      );
    }
  }
}

async function runGroup(
  runtime: Runtime,
  prepared: PreparedExplanation,
  session: InferenceSession,
  pictures: readonly Float32Array[],
  targets: readonly (readonly number[])[],
): Promise<Omit<PictureExplanation, "quantized">[]> {
  const { graph, names } = prepared;
  const { image, head } = graph;
  const sizes = image.dims.slice(1).map(Number);
  const elements = sizes.reduce((a, b) => a * b, 1);
  const data = joined(pictures);
  const shape = [pictures.length, ...sizes];
  const count = targets[0]?.length ?? 0;
  const classes = BigInt64Array.from(targets.flat(), BigInt);
  const feeds = {
    [image.name]: pictureTensor(runtime, image.type, data, shape),
    [names.targets]: new runtime.Tensor("int64", classes, [pictures.length, count]),
  };
  const wanted = [
    names.logits,
    names.targetClasses,
    names.relevance,
    names.seedScale,
    ...(names.conservation ? [names.conservation] : []),
  ];
  const outputs = await run(session, feeds, wanted);
  const floats = (name: string) => outputs[name]?.data as Float32Array;
  const [allLogits, relevance, scales] = [
    floats(names.logits),
    floats(names.relevance),
    floats(names.seedScale),
  ];
  const resolved = outputs[names.targetClasses]?.data as BigInt64Array;
  const report = names.conservation ? floats(names.conservation) : undefined;

  return pictures.map((_, n) => {
    const logits = allLogits.slice(n * head.classes, (n + 1) * head.classes);
    if (!logits.every(Number.isFinite)) {
      throw new UserError(
        "scores",
        "The network's class scores are not finite numbers (NaN or infinity) for this picture: check its preprocessing and the weights.",
      );
    }
    const p = probabilities(logits, head.kind);
    const maps = relevance.subarray(n * count * elements, (n + 1) * count * elements);
    if (!maps.every(Number.isFinite)) {
      throw new UserError(
        "scores",
        "The map for this picture is not finite: the network's activations leave the range of float32 on the way. Another composite may hold.",
      );
    }
    const explanations = Array.from({ length: count }, (__, k) => {
      const at = n * count + k;
      const target = Number(resolved[at]);
      return {
        target,
        logit: logits[target] ?? Number.NaN,
        probability: p[target] ?? Number.NaN,
        seedScale: scales[at] ?? Number.NaN,
        relevance: relevance.slice(at * elements, (at + 1) * elements),
      };
    });
    const conservation =
      report === undefined
        ? undefined
        : explanations.map((__, k) => conservationReport(prepared, report, n * count + k));
    return { logits, probabilities: p, explanations, conservation };
  });
}

async function run(
  session: InferenceSession,
  feeds: Parameters<InferenceSession["run"]>[0],
  wanted: readonly string[],
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds, wanted);
  } catch (error) {
    throw new UserError("run", `onnxruntime failed: ${runtimeMessage(error)}`, { cause: error });
  }
}
