/** Second stage of compile(): the logits, the classes that targets are, and the seeds that are placed on the logits. */
import { int, type Tape } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "../operators/operator.ts";
import type { OutputPort } from "../output-port/find.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import type { EmittedSeed } from "../seeds/index.ts";
import { type ClassTargets, emitAgainst, emitClassTargets } from "./class-targets.ts";
import { batchSize, type EmittedInputs } from "./inputs.ts";
import type { Rivals } from "./maps/map-kind.ts";
import { logitsOfImages, repeatSeed, type Samples } from "./maps/sample-batch.ts";
import { createPerTarget } from "./per-target.ts";

export interface EmittedSeeds {
  /** [N, classes], of the pictures themselves. */
  readonly logits: string;
  readonly classTargets: ClassTargets;
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
  { targets, against, samples, forward }: EmittedInputs,
  targetCount: number | undefined,
): EmittedSeeds {
  const { head } = graph;
  const allLogits = emitLogits(tape, head);
  const logits =
    samples === undefined ? allLogits : logitsOfImages(tape, allLogits, batchSize(tape, plan.modelInput));
  const classTargets = emitClassTargets(tape, logits, targets, head.classes);
  const { seed, scale, rivals } = emitSeed(tape, plan, classTargets, against);
  const count =
    targetCount === undefined
      ? tape.emit("Gather", [tape.emit("Shape", [targets]), tape.ints([1])])
      : tape.ints([targetCount]);
  const propagatedCount = rivals === undefined ? count : tape.emit("Mul", [count, tape.ints([2])]);
  return {
    logits,
    classTargets,
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

function emitSeed(
  tape: Tape,
  plan: MapPlan,
  context: ClassTargets,
  against: string | undefined,
): EmittedSeed {
  if (against === undefined) return plan.seed(context);
  return { seed: emitAgainst(tape, context, against), scale: undefined };
}

/** Reshapes a seed [K, N, classes] to [K*N, ...logits], repeated over samples if there are any. */
function shapeSeed(
  tape: Tape,
  seed: string,
  { classes, dims }: OutputPort,
  samples: Samples | undefined,
): string {
  return tape.emit("Reshape", [
    samples === undefined ? seed : repeatSeed(tape, seed, samples, classes),
    tape.ints([-1, ...dims.slice(1).map(Number)]),
  ]);
}

/** [N, classes] */
function emitLogits(tape: Tape, { dims, logits, classes }: OutputPort): string {
  return dims.length === 2 ? logits : tape.emit("Reshape", [logits, tape.ints([-1, classes])]);
}
