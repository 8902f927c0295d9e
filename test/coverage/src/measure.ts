/** Tries one network: whether it can be explained, and if so how well and how fast. */
import { writeFileSync } from "node:fs";
import {
  createExplainer,
  defaultParameters,
  type Explainer,
  type ExplainerOptions,
  type InputPort,
  inspectExplanation,
  type OutputPort,
  type PictureExplanation,
  type PixelBounds,
  type RelevanceGraph,
  type Target,
} from "@onnx-lrp/core";
import {
  classesCompete,
  type OpenSession,
  prepareExplanation,
  resolveQuestion,
  sizesOf,
} from "@onnx-lrp/core/internal";
import {
  type ModelFile,
  openExplainer,
  openFileScorer,
  readModelFile,
  resolvePreprocess,
} from "@onnx-lrp/node";
import { openSession, runtime } from "@onnx-lrp/node/internal";
import { UserError, writeModel } from "@onnx-lrp/onnx-loader";
import { removeUnused } from "@onnx-lrp/onnx-loader/internal";
import { pixelBounds } from "@onnx-lrp/pictures";
import { median, obstaclesOf, relativeDistance, shortReason, worstBalance } from "./measures.ts";
import { testPicture } from "./picture.ts";
import type { Explained, Outcome } from "./result.ts";
import { inequalities } from "./theory.ts";

const threads = 2;

/** Timed runs after the first; none for a network whose first explanation takes this many seconds. */
const rounds = 3;
const long = 60;

/** @returns the opset of the file, and what became of it */
export async function measure(path: string): Promise<{ opset: number | undefined; outcome: Outcome }> {
  const file = readModelFile(path);
  return { opset: file.model.opsets[""], outcome: await outcomeOf(file) };
}

async function outcomeOf(file: ModelFile): Promise<Outcome> {
  try {
    const graph = await examine(file);
    return "kind" in graph ? graph : await explained(file, graph);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const refused = error.kind === "unsupported" || error.kind === "model";
    if (refused) return { kind: "refused", reason: shortReason(error.reason), obstacles: [] };
    return { kind: "failed", reason: error.message };
  }
}

/** The relevance graph under the composite epsilon, or a refusal that has all problems. */
async function examine(file: ModelFile): Promise<RelevanceGraph | (Outcome & { kind: "refused" })> {
  const { graph, problems } = await inspectExplanation(file.model, runtime, {
    method: "lrp",
    composite: "epsilon",
  });
  const obstacles = obstaclesOf(problems);
  if (obstacles.length === 0) return graph;
  const reason = obstacles.map(({ op, nodes, reason: why }) => `${nodes} ${op}: ${why}`).join("; ");
  return { kind: "refused", reason, obstacles };
}

async function explained(file: ModelFile, graph: RelevanceGraph): Promise<Outcome> {
  const picture = testPicture(graph.image.dims.slice(1).map(Number));
  const pixels = await boundsOf(graph.image);
  const target = await targetOf(file, graph.head, picture);
  const method = classesCompete(graph.head) ? "sglrp" : "lrp";
  const times = await timesOf(file, method, picture, pixels, target);
  const conservation = await conservationOf(file, picture, pixels, target);
  if (!Number.isFinite(conservation.error)) {
    return { kind: "failed", reason: `the balance of ${conservation.at} is not finite` };
  }
  const unequal = inequalities(graph);
  const gradient =
    unequal.length > 0 ? { unequal } : { difference: await gradientDistance(file, picture, target) };
  return { kind: "explained", conservation, gradient, ...times };
}

/** Where pixels are after ImageNet's preprocessing; of what is no picture in colours those of `testPicture`. */
async function boundsOf({ channels, axes }: InputPort): Promise<PixelBounds> {
  if (channels === 3 && axes.includes("H") && !axes.includes("D"))
    return pixelBounds(await resolvePreprocess("imagenet"), 3);
  return { low: [-1.8], high: [1.8] };
}

/** The most probable class; at places the region of the class that is found at most of them; the first of several numbers. */
async function targetOf(file: ModelFile, { form, kind }: OutputPort, picture: Float32Array): Promise<Target> {
  if (form === "classes") return kind === "score" ? 0 : -1;
  if (form === "single") return kind === "score" ? 0 : 1;
  const { head, image, score, release } = await openFileScorer(file);
  try {
    const [scores] = await score([picture]);
    return resolveQuestion({ kind: "rank", rank: 1 }, { port: head, image, scores, masks: new Map() }).target;
  } finally {
    await release();
  }
}

/** LRP's relevance has a sum to follow, unlike SGLRP's, whose seed sums to zero. */
async function conservationOf(
  file: ModelFile,
  picture: Float32Array,
  pixels: PixelBounds,
  target: Target,
): Promise<Explained["conservation"]> {
  const explainer = await openExplainer(file, { method: "lrp", pixels, conservation: true, threads });
  const result = await resultOf(explainer, picture, target);
  return worstBalance(result.conservation?.[0] ?? []);
}

/**
 * Both without onnxruntime's own memory layouts, which it chooses for each model anew: the two forward passes would differ
 * in rounding, and a single Relu that is open in one of them and shut in the other changes a map by a percent.
 */
async function gradientDistance(file: ModelFile, picture: Float32Array, target: Target): Promise<number> {
  const openSession: OpenSession = (model) =>
    runtime.InferenceSession.create(writeModel(model), {
      graphOptimizationLevel: "basic",
      intraOpNumThreads: threads,
      logSeverityLevel: 4,
      extra: { session: { model_external_initializers_file_folder_path: file.folder } },
    });
  const explain = async (options: ExplainerOptions) =>
    resultOf(await createExplainer(runtime, file.model, { ...options, openSession }), picture, target);
  const zero = { ...defaultParameters, epsilon: 0 };
  const lrp = await explain({ method: "lrp", composite: "epsilon", parameters: zero });
  const gradient = await explain({ method: "input-x-gradient" });
  const [a, b] = [lrp, gradient].map(({ explanations }) => explanations[0]?.relevance ?? []);
  return relativeDistance(a ?? [], b ?? []);
}

/** One picture's explanation; the session is released. */
async function resultOf(
  explainer: Explainer,
  picture: Float32Array,
  target: Target,
): Promise<PictureExplanation> {
  try {
    const [result] = await explainer.explain([picture], [[target]]);
    if (result === undefined) throw new Error("no result");
    return result;
  } finally {
    await explainer.release();
  }
}

/** The default explanation (SGLRP, or LRP where classes do not compete, zplus-box) for one target against the untouched file's pass, in alternating runs. */
async function timesOf(
  file: ModelFile,
  method: "sglrp" | "lrp",
  picture: Float32Array,
  pixels: PixelBounds,
  target: Target,
): Promise<Pick<Explained, "scores" | "rounding" | "forwardSeconds" | "explanationSeconds">> {
  const prepared = await prepareExplanation(file.model, runtime, { method, pixels });
  const { image, head } = prepared.analysis.graph;
  const untouched = scoresOf(file, head);
  const forward = await runtime.InferenceSession.create(untouched, {
    intraOpNumThreads: threads,
    logSeverityLevel: 4,
  });
  const session = await openSession(prepared.compiled.model, file, { threads });
  const input = new runtime.Tensor("float32", picture, [1, ...image.dims.slice(1).map(Number)]);
  const plain = { [image.name]: input };
  const targets =
    typeof target === "number"
      ? new runtime.Tensor("int64", BigInt64Array.of(BigInt(target)), [1, 1])
      : new runtime.Tensor("float32", target.weights, [1, 1, ...sizesOf(head)]);
  const feeds = { ...plain, [prepared.compiled.names.targets]: targets };

  const [before, firstForward] = await timed(() => forward.run(plain));
  const [after, firstExplanation] = await timed(() => session.run(feeds));
  const { logits } = prepared.compiled.names;
  const [own, ours] = [before[head.logits], after[logits]].map((value) => value?.data as Float32Array);
  const plainly = await scoresWithout(untouched, plain, head.logits);
  const forwards: number[] = [];
  const explanations: number[] = [];
  for (let round = 0; round < rounds && firstExplanation < long; round += 1) {
    forwards.push((await timed(() => forward.run(plain)))[1]);
    explanations.push((await timed(() => session.run(feeds)))[1]);
  }
  await forward.release();
  await session.release();
  return {
    scores: relativeDistance(ours ?? [], own ?? []),
    rounding: relativeDistance(plainly, own ?? []),
    forwardSeconds: forwards.length === 0 ? firstForward : median(forwards),
    explanationSeconds: explanations.length === 0 ? firstExplanation : median(explanations),
  };
}

/** The file; where its outputs are not the scores that are explained, one beside it that ends in those. */
function scoresOf({ path, model }: ModelFile, { output, logits }: OutputPort): string {
  if (output === logits) return path;
  const outputs = [{ name: logits, type: undefined }];
  const beside = `${path}.scores`;
  writeFileSync(beside, writeModel({ ...model, graph: removeUnused({ ...model.graph, outputs }) }));
  return beside;
}

/** The untouched file's scores without any of onnxruntime's optimizations: as exact, but rounded otherwise. */
async function scoresWithout(
  path: string,
  feeds: Record<string, InstanceType<typeof runtime.Tensor>>,
  output: string,
): Promise<Float32Array> {
  const session = await runtime.InferenceSession.create(path, {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: threads,
    logSeverityLevel: 4,
  });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs[output]?.data as Float32Array;
}

async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await action();
  return [result, (performance.now() - start) / 1000];
}
