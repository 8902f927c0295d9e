/** Runs altered pictures through the network in groups, and yields the explained score of each. */
import type { Scores } from "../../network/probabilities.ts";
import { turn } from "../../network/turn.ts";
import { checkContext } from "../check-context.ts";
import type { PerturbationContext } from "../perturbation.ts";

export interface Scored<Item> {
  readonly item: Item;
  /** The explained score of each target. */
  readonly values: readonly number[];
}

/**
 * Scores a picture for each item, in order. Items are drawn and pictures made only as the network asks for them.
 *
 * @param total how many items there are, for the report of progress
 * @param pictureOf the altered picture that belongs to an item; called once for each
 */
export async function* scored<Item>(
  context: PerturbationContext,
  total: number,
  items: Iterable<Item>,
  pictureOf: (item: Item) => Float32Array,
): AsyncGenerator<Scored<Item>> {
  checkContext(context);
  let done = 0;
  for (const group of groups(items, context.scorer.batchSize)) {
    const scores = await context.scorer.score(group.map(pictureOf));
    done += group.length;
    await turn();
    context.onProgress?.(done, total);
    for (const [i, item] of group.entries()) {
      const ofItem = scores[i];
      if (ofItem !== undefined) yield { item, values: targetScores(context, ofItem) };
    }
  }
}

/** The score of each target minus that of the class it is contrasted with. */
export function targetScores({ targets, against, score }: PerturbationContext, scores: Scores): number[] {
  const values = score === "logit" ? scores.logits : scores.probabilities;
  const value = (index: number | undefined) => (index === undefined ? 0 : (values[index] ?? 0));
  return targets.map((target, k) => value(target) - value(against[k]));
}

function* groups<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let group: Item[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}
