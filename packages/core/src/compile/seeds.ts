/** Second stage of compile(): the logits, what targets are, and the seeds that are placed on the logits. */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "../operators/operator.ts";
import { elementsOf, type OutputPort, yesOrNo } from "../output-port/output-port.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { EmittedSeed } from "../seeds/index.ts";
import { emitAgainst, emitClassTargets } from "./class-targets.ts";
import { batchSize, type EmittedInputs } from "./inputs.ts";
import type { Rivals } from "./maps/map-kind.ts";
import { logitsOfImages, repeatSeed, type Samples } from "./maps/sample-batch.ts";
import { createPerTarget } from "./per-target.ts";
import { emitSeedOfYes, emitYesOrNo } from "./single-score.ts";
import { emitWeighted } from "./weighted-targets.ts";

export interface EmittedSeeds {
  /** [N, ...], of the pictures themselves: one number per class, or the scores as the network has them. */
  readonly logits: string;
  /** The network's own probabilities, in that shape, where they are others than the logits'. */
  readonly probabilities: string | undefined;
  /** int64 [N, K]; undefined where targets are weights. */
  readonly targetClasses: string | undefined;
  /** [K, N, 1]: see EmittedSeed. */
  readonly scale: string | undefined;
  /** The seed per target, in the shape of the logits; followed by the rivals' if there are any. */
  readonly logitsSeed: string;
  readonly rivals: Rivals | undefined;
  /** Its arithmetic is for all that is propagated together. */
  readonly emission: EmitContext;
}

/** @param targetCount of every run; undefined for any */
export function emitSeeds(
  tape: Tape,
  graph: RelevanceGraph,
  plan: MapPlan,
  inputs: EmittedInputs,
  targetCount: number | undefined,
): EmittedSeeds {
  const { targets, samples, forward } = inputs;
  const { head } = graph;
  const { logits, targetClasses, seed, scale, rivals } = emitTargets(tape, head, plan, inputs);
  const count =
    targetCount === undefined
      ? tape.emit("Gather", [tape.emit("Shape", [targets.name]), tape.ints([1])])
      : tape.ints([targetCount]);
  const propagatedCount = rivals === undefined ? count : tape.emit("Mul", [count, tape.ints([2])]);
  return {
    logits,
    probabilities: head.own && ofPictures(tape, plan, samples, head.own),
    targetClasses,
    scale,
    emission: { tape, perTarget: createPerTarget(tape, propagatedCount), forwardOutput: forward.output },
    rivals: rivals && { balance: rivals.balance, perTarget: createPerTarget(tape, count) },
    logitsSeed: shapeSeed(
      tape,
      rivals === undefined ? seed : tape.emit("Concat", [seed, rivals.seed], { axis: int(0) }),
      head,
      samples,
    ),
  };
}

/** A value of the pictures themselves, without that of their samples. */
function ofPictures(
  tape: Tape,
  { modelInput }: MapPlan,
  samples: Samples | undefined,
  value: string,
): string {
  return samples === undefined ? value : logitsOfImages(tape, value, batchSize(tape, modelInput));
}

interface EmittedTargets extends EmittedSeed {
  readonly logits: string;
  readonly targetClasses: string | undefined;
}

/** The seed is [K, N, elements], in the order in which the scores lie in memory. */
function emitTargets(
  tape: Tape,
  head: OutputPort,
  plan: MapPlan,
  { targets, against, samples }: EmittedInputs,
): EmittedTargets {
  const ofImages = (value: string) => ofPictures(tape, plan, samples, value);
  if (targets.form === "weights") {
    const logits = ofImages(head.logits);
    const place = targets.contrast ? undefined : plan.seed;
    return { logits, targetClasses: undefined, ...emitWeighted(tape, head, logits, targets.name, place) };
  }
  const logits = ofImages(emitLogits(tape, head));
  const scores = yesOrNo(head) ? emitYesOrNo(tape, logits) : logits;
  const classTargets = emitClassTargets(tape, scores, targets.name, head.classes);
  const { targetClasses } = classTargets;
  if (yesOrNo(head)) {
    return { logits, targetClasses, ...emitSeedOfYes(tape, plan, classTargets, targets.contrast) };
  }
  if (against === undefined) return { logits, targetClasses, ...plan.seed(classTargets) };
  return { logits, targetClasses, seed: emitAgainst(tape, classTargets, against), scale: undefined };
}

/** Reshapes a seed [K, N, elements] to [K*N, ...logits], repeated over samples if there are any. */
function shapeSeed(tape: Tape, seed: string, { dims }: OutputPort, samples: Samples | undefined): string {
  const sizes = dims.slice(1).map(Number);
  const elements = sizes.reduce((a, b) => a * b, 1);
  return tape.emit("Reshape", [
    samples === undefined ? seed : repeatSeed(tape, seed, samples, elements),
    tape.ints([-1, ...sizes]),
  ]);
}

/** [N, scores] */
function emitLogits(tape: Tape, head: OutputPort): string {
  const { dims, logits } = head;
  return dims.length === 2 ? logits : tape.emit("Reshape", [logits, tape.ints([-1, elementsOf(head)])]);
}
