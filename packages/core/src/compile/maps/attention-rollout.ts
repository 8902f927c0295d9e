/**
 * Attention rollout: how much of each patch is in the tokens that the scores are read from, if tokens were no more than what
 * attention mixes them to. With A_l the weights of layer l [L, L], the mean over its heads, and the skip connection as I:
 *
 *     R = B_n ... B_2 B_1,   B_l = A_l + I with each row divided by its sum        Abnar and Zuidema 2020, Sect. 3
 *
 * The map is the row of the class token, or the mean of the rows that the scores are read from, without the tokens before the
 * grid, enlarged linearly to the input. No class is in it: it is the same for all targets.
 */
import { intValue as int, intsValue as ints, ops, type Tape, UserError } from "@onnx-lrp/onnx-loader";
import { placeAxes } from "../../grid/place-axes.ts";
import { oneChannel } from "../../heatmap.ts";
import type { AttentionRolloutPlan } from "../../plan/map-plan.ts";
import type { AttentionWeights } from "../../relevance-graph/attention-weights.ts";
import { oneHot } from "../../seeds/index.ts";
import { enlarge } from "../resample.ts";
import type { MapKind } from "./map-kind.ts";

export const attentionRolloutMap: MapKind<AttentionRolloutPlan> = {
  plan({ method, modelInput, attention }, { contrast = false }) {
    if (attention === undefined) throw new Error(`${method.name} without attention`);
    if (contrast) {
      throw new UserError(
        "usage",
        "Attention rollout is of no class, so that there is nothing to contrast it with.",
        {
          subject: { method: method.name, option: "against" },
          remedies: [{ kind: "omit", option: "against" }],
        },
      );
    }
    const { layers, count, read } = attention;
    return {
      plan: { kind: "attention-rollout", method, modelInput, seed: oneHot, attention },
      settings: { layers: layers.length, tokens: count, read: read.length === count ? "all" : read },
    };
  },
  emit({ graph: { image }, emission: { tape, perTarget } }, { attention }) {
    const { layers, count, before, grid, read } = attention;
    const start = Array.from({ length: count }, (_, token) => (read.includes(token) ? 1 / read.length : 0));
    const rows = [...layers]
      .reverse()
      .reduce((row, layer) => throughLayer(tape, row, layer), tape.floats(start, [1, 1, count]));
    const patches = tape.emit("Slice", [rows, tape.ints([before]), tape.ints([count]), tape.ints([2])]);
    const places = tape.emit("Reshape", [patches, tape.ints([1, -1, 1, ...grid.sizes])]);
    const map = enlarge(tape, places, grid, image);
    // [1, N, 1, ...places] becomes that of every target.
    const ones = new Array<number>(2 + placeAxes(image).length).fill(1);
    const targets = tape.emit("Concat", [perTarget.count(), tape.ints(ones)], { axis: int(0) });
    return { value: tape.emit("Expand", [map, targets]), shape: oneChannel(image) };
  },
};

/**
 * @param row [N, 1, L], or [1, 1, L] of every picture
 * @returns [N, 1, L]: row B, of B = D (A + I) with the sums of its rows in D, as (row D) A + row D
 */
function throughLayer(
  tape: Tape,
  row: string,
  { value, perm, lead, queries, keys }: AttentionWeights,
): string {
  const op = ops(tape);
  const ordered = tape.emit("Transpose", [value], { perm: ints(perm) });
  const heads = op.reshape(ordered, [...lead, queries, keys]);
  const total = tape.emit("ReduceSum", [heads, tape.ints([0, 2])], { keepdims: int(0) });
  const mean = op.mul(total, 1 / (lead[0] * lead[2]));
  const sums = tape.emit("ReduceSum", [mean, tape.ints([2])], { keepdims: int(0) });
  const shares = op.div(row, op.reshape(op.add(sums, 1), [-1, 1, queries]));
  return op.add(tape.emit("MatMul", [shares, mean]), shares);
}
