/**
 * Seeds as the SGLRP paper's published code has them, which is not what the paper says. With z' = max(z, 0) and
 * p = softmax(z'), classes of z_n <= 0 dropped,
 *
 *     lrp    T = z'_t e_t
 *     clrp   T = z'_t e_t,  O_n = z'_t / (N-1)  for n != t
 *     sglrp  T = e_t,       O_n = p_n           for n != t
 *
 * and the map is T - O sum(T)/sum(O), T and O each propagated apart. The code's own factors p_t (1 - p_t) and p_t cancel
 * but for the first, which is the scale.
 */
import { int, UserError } from "@onnx-lrp/onnx-loader";
import type { MethodName } from "../names.ts";
import type { Seed, SeedContext } from "./seed.ts";

interface Positive {
  /** [N, classes]: max(z, 0). */
  readonly rectified: string;
  /** [N, classes], bool: z > 0. */
  readonly alive: string;
}

function positive({ tape, logits }: SeedContext): Positive {
  const alive = tape.emit("Greater", [logits, tape.scalar(0)]);
  return { rectified: tape.emit("Relu", [logits]), alive };
}

/** A value where the condition holds, and 0 elsewhere. */
function kept({ tape }: SeedContext, condition: string, value: string): string {
  return tape.emit("Where", [condition, value, tape.scalar(0)]);
}

const lrp: Seed = (context) => ({
  seed: kept(context, context.isTarget, positive(context).rectified),
  scale: undefined,
});

const clrp: Seed = (context) => {
  const { tape, isTarget, targetLogit, classes } = context;
  const { rectified, alive } = positive(context);
  const share = tape.emit("Mul", [
    tape.emit("Relu", [targetLogit]),
    tape.scalar(1 / Math.max(classes - 1, 1)),
  ]);
  const rivals = tape.emit("And", [tape.emit("Not", [isTarget]), alive]);
  return {
    seed: kept(context, isTarget, rectified),
    scale: undefined,
    rivals: { seed: kept(context, rivals, share), balance: "to-target" },
  };
};

const sglrp: Seed = (context) => {
  const { tape, isTarget } = context;
  const { rectified, alive } = positive(context);
  const p = tape.emit("Softmax", [rectified], { axis: int(-1) });
  const rivals = tape.emit("And", [tape.emit("Not", [isTarget]), alive]);
  const target = tape.emit("ReduceSum", [kept(context, isTarget, p), tape.ints([-1])], { keepdims: int(1) });
  const rest = tape.emit("Sub", [tape.scalar(1), target]);
  return {
    seed: kept(context, tape.emit("And", [isTarget, alive]), tape.scalar(1)),
    scale: tape.emit("Mul", [target, rest]),
    rivals: { seed: kept(context, rivals, p), balance: "to-target" },
  };
};

const asCoded: Partial<Record<MethodName, Seed>> = { lrp, clrp, sglrp };

/** @throws UserError `usage` for a method that the code does not have */
export function authorsCodeSeed(method: MethodName): Seed {
  const seed = asCoded[method];
  if (seed !== undefined) return seed;
  throw new UserError(
    "usage",
    `The composite authors-code goes with the methods sglrp, clrp and lrp, not with ${method}.`,
  );
}
