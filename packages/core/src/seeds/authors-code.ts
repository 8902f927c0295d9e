/**
 * Seeds as the SGLRP paper's published code has them, which is not what the paper says. With z' = max(z, 0) and
 * p = softmax(z'), classes of z_n <= 0 dropped,
 *
 *     lrp    T = z'_t e_t
 *     clrp   T = z'_t e_t,  O_n = z'_t / (N-1)  for n != t
 *     sglrp  T = e_t,       O_n = p_n           for n != t
 *
 * and the map is T - O sum(T)/sum(O), T and O each propagated separately. The code's own factors p_t (1 - p_t) and p_t cancel
 * but for the first, which is the scale.
 */
import { ops, UserError } from "@onnx-lrp/onnx-loader";
import type { MethodName } from "../names.ts";
import type { Seed, SeedContext } from "./seed.ts";

interface Positive {
  /** [N, classes]: max(z, 0). */
  readonly rectified: string;
  /** [N, classes], bool: z > 0. */
  readonly alive: string;
}

function positive({ tape, logits }: SeedContext): Positive {
  const op = ops(tape);
  return { alive: op.greater(logits, 0), rectified: op.relu(logits) };
}

const lrp: Seed = (context) => ({
  seed: ops(context.tape).where(context.isTarget, positive(context).rectified, 0),
  scale: undefined,
});

const clrp: Seed = (context) => {
  const { tape, isTarget, targetLogit, classes } = context;
  const { rectified, alive } = positive(context);
  const op = ops(tape);
  const share = op.mul(op.relu(targetLogit), 1 / Math.max(classes - 1, 1));
  const rivals = op.and(op.not(isTarget), alive);
  return {
    seed: op.where(isTarget, rectified, 0),
    scale: undefined,
    rivals: { seed: op.where(rivals, share, 0), balance: "to-target" },
  };
};

const sglrp: Seed = (context) => {
  const { tape, isTarget } = context;
  const { rectified, alive } = positive(context);
  const op = ops(tape);
  const p = op.softmax(rectified, -1);
  const rivals = op.and(op.not(isTarget), alive);
  const target = op.sum(op.where(isTarget, p, 0), [-1]);
  return {
    seed: op.where(op.and(isTarget, alive), 1, 0),
    scale: op.mul(target, op.sub(1, target)),
    rivals: { seed: op.where(rivals, p, 0), balance: "to-target" },
  };
};

const asCoded: Partial<Record<MethodName, Seed>> = { lrp, clrp, sglrp };

/** @throws UserError `usage` for a method that the code does not have */
export function authorsCodeSeed(method: MethodName): Seed {
  const seed = asCoded[method];
  if (seed !== undefined) return seed;
  throw new UserError(
    "usage",
    `The composite authors-code is defined for the methods sglrp, clrp and lrp, not for ${method}.`,
    { subject: { method, option: "composite" } },
  );
}
