/** Chance, without any network: the baseline that any method should beat. */
import { placeCount } from "../../grid/grid.ts";
import { createRandom, hashPicture } from "../../random.ts";
import { checkContext } from "../check-context.ts";
import type { Perturbation } from "../perturbation.ts";

/**
 * A number from -1 to 1 for each place, all as likely and independent of each other. What is drawn depends on the seed,
 * the picture and the target.
 *
 * Forward passes: none.
 */
export function random(): Perturbation {
  return async (context) => {
    checkContext(context);
    const places = placeCount(context.scorer.image);
    const hash = hashPicture(context.picture);
    return context.targets.map((target) => {
      const { uniform } = createRandom(context.seed, hash, target);
      return Float32Array.from({ length: places }, () => 2 * uniform() - 1);
    });
  };
}
