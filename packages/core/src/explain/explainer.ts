/** Runs an explanation model over pictures. */
import { type Model, readModel, runtimeMessage, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import type { InferenceSession } from "onnxruntime-common";
import { conservationColumns } from "../compile/conservation.ts";
import { type ExplanationOptions, type PreparedExplanation, prepareExplanation } from "../prepare.ts";
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
  /** Only where asked for: a report for each target. */
  readonly conservation: readonly ConservationReport[] | undefined;
}

/** A node of a conservation report; sums over all elements, for one picture and target. */
export interface ConservationRow {
  /** undefined for the seed on the logits. */
  readonly node: string | undefined;
  readonly op: string;
  /** The rule, or what else the node does with relevance. */
  readonly rule: string;
  readonly received: number;
  readonly handedOn: number;
  /** What the bias, the stabilizer and zero denominators kept back of what was received. */
  readonly bias: number;
  readonly stabilizer: number;
  readonly zeroDenominator: number;
}

export type ConservationReport = readonly ConservationRow[];

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
  const prepared = await prepareExplanation(
    model instanceof Uint8Array ? readModel(model) : model,
    runtime,
    options,
  );
  const open = options.openSession ?? ((whole: Model) => runtime.InferenceSession.create(writeModel(whole)));
  const session = await open(prepared.model);
  return explainerOf(runtime, prepared, session, options.batchSize ?? 1);
}

/** An explainer for an explanation model that is loaded already. */
export function explainerOf(
  runtime: Runtime,
  prepared: PreparedExplanation,
  session: InferenceSession,
  batchSize: number,
): Explainer {
  const { batch } = prepared.graph.image;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new UserError("usage", `The batch size must be a whole number from 1 on, not ${batchSize}.`);
  }
  const size = typeof batch === "number" ? batch : batchSize;
  return {
    prepared,
    release: () => session.release(),
    async explain(pictures, targets) {
      check(prepared, pictures, targets);
      const results: PictureExplanation[] = [];
      for (let start = 0; start < pictures.length; start += size) {
        const group = pictures.slice(start, start + size);
        const wanted = targets.slice(start, start + size);
        const fill = typeof batch === "number" ? batch - group.length : 0;
        const run = await runGroup(runtime, prepared, session, padded(group, fill), padded(wanted, fill));
        results.push(...run.slice(0, group.length));
      }
      return results;
    },
  };
}

/** A network with a fixed batch gets the last picture again in the places left over. */
function padded<T>(items: readonly T[], fill: number): T[] {
  return [...items, ...Array.from({ length: fill }, () => items.at(-1)).filter((item) => item !== undefined)];
}

function check(
  { graph }: PreparedExplanation,
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
): Promise<PictureExplanation[]> {
  const { graph, names } = prepared;
  const { image, head } = graph;
  const sizes = image.dims.slice(1).map(Number);
  const elements = sizes.reduce((a, b) => a * b, 1);
  const data = new Float32Array(pictures.length * elements);
  for (const [i, picture] of pictures.entries()) data.set(picture, i * elements);
  const count = targets[0]?.length ?? 0;
  const classes = BigInt64Array.from(targets.flat(), BigInt);
  const feeds = {
    [image.name]: new runtime.Tensor("float32", data, [pictures.length, ...sizes]),
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

function conservationReport(
  { conservation }: PreparedExplanation,
  values: Float32Array,
  at: number,
): ConservationReport {
  const rows = conservation?.rows ?? [];
  const width = conservationColumns.length;
  return rows.map((row, i) => {
    const [received = 0, handedOn = 0, bias = 0, stabilizer = 0, zeroDenominator = 0] = values.subarray(
      (at * rows.length + i) * width,
    );
    const numbers = { received, handedOn, bias, stabilizer, zeroDenominator };
    if (row === "seed") return { node: undefined, op: "logits", rule: "seed", ...numbers };
    return {
      node: row.node.name || (row.node.outputs[0] ?? ""),
      op: row.node.op,
      rule: ruleTitle(row),
      ...numbers,
    };
  });
}

/** What a node does with relevance, in a word: the rule of a linear layer, else the operator's own way. */
export function ruleTitle({
  rule,
  behaviour,
  propagation,
}: PreparedExplanation["graph"]["nodes"][number]): string {
  if (rule !== undefined) return rule.title;
  switch (behaviour.kind) {
    case "linear":
      return "gradient";
    case "pass":
      return propagation === "gradient" ? "gradient" : "pass";
    case "route":
      return behaviour.name;
    case "product":
      return propagation === "gradient" ? "gradient" : "to the signal";
  }
}
