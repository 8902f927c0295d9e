/** The classes that SGLRP sets a class against, with their weights. */
import type { Scores } from "../network/probabilities.ts";
import { classesCompete, type OutputPort } from "../output-port/output-port.ts";

export interface RivalClass {
  readonly class: number;
  /** Its share of the seed that the rivals have together: the softmax over all classes but the target. */
  readonly weight: number;
}

/**
 * The strongest rivals of a class of the whole picture, the strongest first (Eq. 10 of Iwana, Kuroki, Uchida 2019: the seed is
 * e_t - q, and these are q).
 *
 * @returns empty where classes do not compete, and for an output with scores at several places, each of which has rivals of its own
 */
export function rivalsOf(port: OutputPort, { logits }: Scores, target: number, most = 3): RivalClass[] {
  if (!classesCompete(port) || port.form === "places") return [];
  if (port.form === "single") return [{ class: 1 - target, weight: 1 }];
  let highest = Number.NEGATIVE_INFINITY;
  for (const [i, z] of logits.entries()) if (i !== target && z > highest) highest = z;
  let sum = 0;
  for (const [i, z] of logits.entries()) if (i !== target) sum += Math.exp(z - highest);
  return Array.from(logits, (z, index) => ({ class: index, weight: Math.exp(z - highest) / sum }))
    .filter((rival) => rival.class !== target && rival.weight >= 0.005)
    .sort((a, b) => b.weight - a.weight || a.class - b.class)
    .slice(0, most);
}
