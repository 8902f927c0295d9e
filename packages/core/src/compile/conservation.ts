/**
 * The conservation report: for every node, what it received, what it propagated, and what was kept back. For a branch of
 * a rule with denominator Z = sum of shares + h(b), stabilized to Z' (rules/rule.ts), of R_j an output keeps back
 *
 *     R_j h(b_j) / Z'_j      for the bias,
 *     R_j (Z'_j - Z_j) / Z'_j  for the stabilizer,
 *     R_j                    where the denominator is zero.
 *
 * Elements that a node joins to the signal (a class token, padding) take the relevance that they get: it is no bias's, and
 * stands in a column of its own.
 *
 * What is then still missing was lost in rounding, or is the difference between a layer and its gradient.
 */
import { inputOf, intValue as int, outputOf, type Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext } from "../operators/operator.ts";
import { outerSizes } from "../relevance-graph/batch-order.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { BranchAudit } from "./linear.ts";
import type { NodeAudit } from "./propagate.ts";
import { createTotal } from "./totals.ts";

/** The numbers of a row. */
export const conservationColumns = [
  "relevanceIn",
  "relevanceOut",
  "bias",
  "stabilizer",
  "zeroDenominator",
  "otherInputs",
  "constants",
] as const;

export interface ConservationPlan {
  /** Value [K, N, rows, conservationColumns]. */
  readonly value: string;
  /** One a row, last node of the network first; the row before all others is the seed on the logits. */
  readonly rows: readonly ("seed" | RelevanceNode)[];
}

/** @param batch int64 [1]: the number of images in the run */
export function emitConservation(
  emission: EmitContext,
  audits: readonly NodeAudit[],
  seed: string,
  batch: string,
): ConservationPlan {
  const { tape } = emission;
  const zero = tape.scalar(0);
  const add = (a: string, b: string) => tape.emit("Add", [a, b]);
  const total = createTotal(emission, batch);
  const outer = outerSizes(audits.map(({ at }) => at).reverse());
  const seedSum = total(seed, []);
  const keptBySeed = conservationColumns.slice(2).map(() => zero);
  const rows = [row(tape, [seedSum, seedSum, ...keptBySeed])];
  for (const { at, relevanceIn, relevanceOut, toOthers, toConstants, branches } of audits) {
    const given = relevanceIn.filter((r) => r !== undefined);
    const outputDims = at.site.shape(outputOf(at.node));
    const outputOuter = outer.get(outputOf(at.node));
    const totalOfInput = (r: string, index: number) => {
      const input = inputOf(at.node, index);
      return total(r, at.site.shape(input), outer.get(input));
    };
    const totalOfOutput = (r: string) => total(r, outputDims, outputOuter);
    const kept = branches.map((branch) => keptBack(emission, branch, given[0] ?? "", outputDims));
    const column = (pick: (k: KeptBack) => string | undefined) =>
      kept.map(pick).reduce<string>((sum, r) => (r === undefined ? sum : add(sum, totalOfOutput(r))), zero);
    rows.push(
      row(tape, [
        given.map(totalOfOutput).reduce(add),
        relevanceOut.map((r, slot) => totalOfInput(r, at.edges[slot] ?? 0)).reduce(add, zero),
        column((k) => k.bias),
        column((k) => k.stabilizer),
        column((k) => k.zero),
        toOthers.reduce((sum, { relevance, dims }) => add(sum, total(relevance, dims)), zero),
        toConstants.reduce((sum, { relevance, dims }) => add(sum, total(relevance, dims)), zero),
      ]),
    );
  }
  const stacked = tape.emit("Concat", rows, { axis: int(2) });
  return { value: stacked, rows: ["seed", ...audits.map(({ at }) => at)] };
}

/** The columns, values [K, N] or numbers, as [K, N, 1, columns]; the first is no number. */
function row(tape: Tape, values: readonly string[]): string {
  const [first = ""] = values;
  const shape = tape.emit("Shape", [first]);
  const columns = values.map((value) =>
    tape.emit("Unsqueeze", [tape.emit("Expand", [value, shape]), tape.ints([2, 3])]),
  );
  return tape.emit("Concat", columns, { axis: int(3) });
}

/** Per target, in the shape of the layer's output; undefined for nothing. */
interface KeptBack {
  readonly bias: string | undefined;
  readonly stabilizer: string | undefined;
  readonly zero: string | undefined;
}

function keptBack(
  emission: EmitContext,
  { scaled, inverse, bias, branch, denominator, output }: BranchAudit,
  r: string,
  dims: readonly Size[],
): KeptBack {
  const { tape, perTarget } = emission;
  const none = tape.scalar(0);
  const split = perTarget.split(scaled, dims);
  const biasShare = bias === undefined ? undefined : perTarget.merge(tape.emit("Mul", [split, bias]), dims);
  const whole = tape.emit("Mul", [r, tape.scalar(branch.factor)]);
  if (branch.epsilon > 0) {
    // What of factor * R the shares and the bias, S Z together, do not account for.
    const share = perTarget.merge(tape.emit("Mul", [split, denominator]), dims);
    return { bias: biasShare, stabilizer: tape.emit("Sub", [whole, share]), zero: undefined };
  }
  const unserved = unservedOutputs(tape, branch, inverse, output);
  const lost = perTarget.merge(tape.emit("Where", [unserved, perTarget.split(whole, dims), none]), dims);
  return { bias: biasShare, stabilizer: undefined, zero: lost };
}

/** Outputs whose denominator is zero. Of two branches by sign, the positive one counts an output of exactly zero. */
function unservedOutputs(
  tape: Tape,
  { when }: BranchAudit["branch"],
  inverse: string,
  output: string,
): string {
  const none = tape.scalar(0);
  const stopped = tape.emit("Equal", [inverse, none]);
  if (when === "always") return stopped;
  const mine =
    when === "negative"
      ? tape.emit("Less", [output, none])
      : tape.emit("Not", [tape.emit("Less", [output, none])]);
  return tape.emit("And", [stopped, mine]);
}
