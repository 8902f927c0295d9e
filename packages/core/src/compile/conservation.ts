/**
 * The conservation report: for every node, what it received, what it handed on, and what was kept back. For a branch of
 * a rule with denominator Z = sum of shares + h(b), stabilized to Z' (rules/rule.ts), of R_j an output keeps back
 *
 *     R_j h(b_j) / Z'_j      for the bias,
 *     R_j (Z'_j - Z_j) / Z'_j  for the stabilizer,
 *     R_j                    where the denominator is zero.
 *
 * What is then still missing was lost in rounding, or is the difference between a layer and its gradient.
 */
import { int, type Size, type Tape } from "@onnx-lrp/onnx-loader";
import type { Emission } from "../operators/operator.ts";
import type { RelevanceNode } from "../relevance-graph/build.ts";
import type { BranchAudit } from "./linear.ts";
import type { NodeAudit } from "./propagate.ts";

/** The five numbers of a row. */
export const conservationColumns = ["received", "handedOn", "bias", "stabilizer", "zeroDenominator"] as const;

export interface ConservationPlan {
  /** Value [K, N, rows, 5]. */
  readonly value: string;
  /** One a row, last node of the network first; the row before all others is the seed on the logits. */
  readonly rows: readonly ("seed" | RelevanceNode)[];
}

export function emitConservation(
  emission: Emission,
  audits: readonly NodeAudit[],
  seed: string,
  seedDims: readonly Size[],
): ConservationPlan {
  const { tape } = emission;
  const zero = tape.floats([0]);
  const seedSum = total(emission, seed, seedDims);
  const rows = [row(tape, [seedSum, seedSum, zero, zero, zero])];
  for (const { at, received, handedOn, branches } of audits) {
    const { site, node } = at;
    const outputDims = site.shape(node.outputs[0] ?? "");
    const sums = handedOn.map((part, slot) =>
      total(emission, part, site.shape(node.inputs[at.edges[slot] ?? 0] ?? "")),
    );
    const kept = branches.map((branch) => keptBack(emission, branch, received, outputDims));
    const column = (pick: (k: KeptBack) => string) =>
      kept.map(pick).reduce((a, b) => tape.emit("Add", [a, b]), zero);
    rows.push(
      row(tape, [
        total(emission, received, outputDims),
        sums.reduce((a, b) => tape.emit("Add", [a, b])),
        column((k) => k.bias),
        column((k) => k.stabilizer),
        column((k) => k.zero),
      ]),
    );
  }
  const stacked = tape.emit("Concat", rows, { axis: int(2) });
  return { value: stacked, rows: ["seed", ...audits.map(({ at }) => at)] };
}

/** The sum of a per-target value over everything but target and image: [K, N]. */
function total({ tape, targets }: Emission, r: string, dims: readonly Size[]): string {
  const flat = tape.emit("Flatten", [targets.split(r, dims)], { axis: int(2) });
  const sums = tape.emit("ReduceSum", [flat, tape.ints([1])], { keepdims: int(0) });
  return tape.emit("Reshape", [
    sums,
    tape.emit("Concat", [targets.count(), tape.ints([-1])], { axis: int(0) }),
  ]);
}

/** Five values [K, N], or numbers, as [K, N, 1, 5]. */
function row(tape: Tape, values: readonly string[]): string {
  const [first = ""] = values;
  const shape = tape.emit("Shape", [first]);
  const columns = values.map((value) =>
    tape.emit("Unsqueeze", [tape.emit("Expand", [value, shape]), tape.ints([2, 3])]),
  );
  return tape.emit("Concat", columns, { axis: int(3) });
}

interface KeptBack {
  readonly bias: string;
  readonly stabilizer: string;
  readonly zero: string;
}

function keptBack(
  emission: Emission,
  { scaled, inverse, bias, branch, denominator }: BranchAudit,
  r: string,
  dims: readonly Size[],
): KeptBack {
  const { tape, targets } = emission;
  const none = tape.floats([0]);
  const biasShare =
    bias === undefined
      ? none
      : total(emission, targets.merge(tape.emit("Mul", [targets.split(scaled, dims), bias]), dims), dims);
  // The rest of factor * R that S does not account for: R - S Z.
  const share = targets.merge(tape.emit("Mul", [targets.split(scaled, dims), denominator]), dims);
  const whole = tape.emit("Mul", [r, tape.floats([branch.factor])]);
  const missing = tape.emit("Sub", [whole, share]);
  if (branch.epsilon > 0) return { bias: biasShare, stabilizer: total(emission, missing, dims), zero: none };
  const serves = tape.emit("Equal", [inverse, none]);
  const unserved =
    branch.when === "always" ? serves : tape.emit("And", [serves, tape.emit("Equal", [denominator, none])]);
  const lost = targets.merge(tape.emit("Where", [unserved, targets.split(whole, dims), none]), dims);
  return { bias: biasShare, stabilizer: none, zero: total(emission, lost, dims) };
}
