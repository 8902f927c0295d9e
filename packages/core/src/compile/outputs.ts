/** Fourth stage of compile(): results in the order of pictures, then targets, under the names of outputs. */
import { identity, intsValue as ints, type Tape } from "@onnx-lrp/onnx-loader";
import { mapSizes } from "../heatmap.ts";
import type { MapPlan } from "../plan/map-plan.ts";
import { type ConservationPlan, emitConservation } from "./conservation.ts";
import type { ExplanationNames } from "./explanation-names.ts";
import { batchSize, type EmittedInputs, type TargetInput } from "./inputs.ts";
import type { EmittedMap } from "./maps/map-kind.ts";
import { emitOtherInputs, type OtherInputsPlan } from "./other-inputs.ts";
import type { NodeAudit, OtherShare } from "./propagate.ts";
import type { EmittedSeeds } from "./seeds.ts";

/** Pictures, rows and columns of the conservation report. */
const conservationRank = 3;
/** Pictures and groups of inputs. */
const otherInputsRank = 2;

/** What was noted on the way, where somebody wants to know. */
interface Notes {
  /** Of every node, if a conservation report is asked for. */
  readonly audits: readonly NodeAudit[] | undefined;
  readonly others: readonly OtherShare[] | undefined;
  /** Names of the other inputs. */
  readonly fed: readonly string[];
}

export function nameOutputs(
  tape: Tape,
  { modelInput }: MapPlan,
  inputs: EmittedInputs,
  { logits, probabilities, targetClasses, scale, emission, logitsSeed }: EmittedSeeds,
  map: EmittedMap,
  { audits, others, fed }: Notes,
): {
  readonly names: ExplanationNames;
  readonly conservation: ConservationPlan | undefined;
  readonly otherInputs: OtherInputsPlan | undefined;
} {
  const { targets, against, samples } = inputs;
  // The axes of one map, and the pictures.
  const mapRank = mapSizes(map.shape).length + 1;
  const names = {
    targets: targets.name,
    against,
    logits: output(tape, "logits", logits),
    probabilities: probabilities && output(tape, "probabilities", probabilities),
    targetClasses: targetClasses && output(tape, "target_classes", targetClasses),
    relevance: output(tape, "relevance", picturesFirst(tape, map.value, mapRank)),
    seedScale: output(tape, "seed_scale", emitScale(tape, scale, targets)),
    mean:
      map.mean === undefined
        ? undefined
        : output(tape, "mean_gradient", picturesFirst(tape, map.mean, mapRank)),
    samples: samples?.names,
  };
  const conservation = audits && emitConservation(emission, audits, logitsSeed, batchSize(tape, modelInput));
  const otherInputs = others && emitOtherInputs(emission, fed, others, batchSize(tape, modelInput));
  const report = (name: string, plan: { readonly value: string } | undefined, rank: number) =>
    plan && output(tape, name, picturesFirst(tape, plan.value, rank));
  return {
    names: {
      ...names,
      conservation: report("conservation", conservation, conservationRank),
      otherInputs: report("other_inputs", otherInputs, otherInputsRank),
    },
    ...{ conservation, otherInputs },
  };
}

/** [N, K], from [K, N, 1] or as ones. @param targets [N, K], or [N, K, ...] */
function emitScale(tape: Tape, scale: string | undefined, { name, form }: TargetInput): string {
  if (scale === undefined) {
    const shape = tape.emit("Shape", [name]);
    const first = form === "classes" ? shape : tape.emit("Slice", [shape, tape.ints([0]), tape.ints([2])]);
    return tape.emit("Expand", [tape.scalar(1), first]);
  }
  return picturesFirst(tape, tape.emit("Squeeze", [scale, tape.ints([2])]), 1);
}

/** [K, N, ...] to [N, K, ...]. @param rank without K */
function picturesFirst(tape: Tape, value: string, rank: number): string {
  const rest = Array.from({ length: rank - 1 }, (_, i) => i + 2);
  return tape.emit("Transpose", [value], { perm: ints([1, 0, ...rest]) });
}

/** Gives a value the name of an output, unless it is an output of that name already. */
function output(tape: Tape, wanted: string, value: string): string {
  if (value === wanted) return value;
  const name = tape.fresh(wanted);
  tape.push({ ...identity(value, name), name: tape.fresh(`lrp/${wanted}`) });
  return name;
}
