/**
 * One score z, yes or no: what the logits [0, z] of two classes give. Methods that set a class against its rivals start from
 * +1 for yes and -1 for no (SGLRP, whose scale is p (1 - p)); the others explain z, whatever the target is, since z is the one
 * number that there is.
 */
import { intValue as int, type Tape, UserError } from "@onnx-lrp/onnx-loader";
import type { MapPlan } from "../plan/map-plan.ts";
import type { EmittedSeed } from "../seeds/index.ts";
import type { ClassTargets } from "./class-targets.ts";

/** @param score [N, 1] @returns [N, 2]: 0 for no, the score for yes */
export function emitYesOrNo(tape: Tape, score: string): string {
  return tape.emit("Concat", [tape.emit("Sub", [score, score]), score], { axis: int(1) });
}

/**
 * The seed on the score alone.
 *
 * @param context of the logits [0, z]
 * @returns [K, N, 1]
 * @throws UserError `unsupported` for methods that propagate rivals separately
 */
export function emitSeedOfYes(
  tape: Tape,
  { method, seed: place }: MapPlan,
  context: ClassTargets,
  contrast: boolean,
): EmittedSeed {
  const column = (value: string) => tape.emit("Gather", [value, tape.ints([1])], { axis: int(-1) });
  const one = (condition: string) => tape.emit("Where", [condition, tape.scalar(1), tape.scalar(-1)]);
  const isYes = column(context.isTarget);
  if (contrast) return { seed: one(isYes), scale: undefined };
  // [1, N, ...], the same for every target.
  const targetLogit = tape.emit("Unsqueeze", [column(context.logits), tape.ints([0])]);
  const isTarget = tape.emit("Greater", [tape.floats([0, 1], [1, 1, 2]), tape.scalar(0.5)]);
  const { seed, scale, rivals } = place({ ...context, isTarget, targetLogit });
  if (rivals !== undefined) {
    throw new UserError(
      "unsupported",
      `The method ${method.name} propagates the rivals of a class separately, and one score has no rivals of its own.`,
      {
        subject: { method: method.name },
        remedies: [{ kind: "option", option: "method", values: ["sglrp", "lrp"] }],
      },
    );
  }
  const shape = tape.emit("Shape", [isYes]);
  const each = (value: string) => tape.emit("Expand", [value, shape]);
  const ofYes = column(seed);
  const opposes = method.kind === "relevance" && method.seedSumsToZero === true;
  return {
    seed: opposes ? tape.emit("Mul", [ofYes, one(isYes)]) : each(ofYes),
    scale: scale && each(scale),
  };
}
