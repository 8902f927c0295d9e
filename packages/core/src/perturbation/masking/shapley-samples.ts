/**
 * Which coalitions KernelSHAP looks at, and with which weights.
 *
 * Coalitions of s of M players weigh (M - 1) / (s (M - s)) together, shared equally among the choose(M, s) of them. The
 * paper leaves open how to sample. As in the authors' code (`shap.KernelExplainer`): sizes s and M - s go together, from
 * the outside in. As long as the samples left, shared out by weight, suffice for all coalitions of a pair of sizes, all are
 * taken, with their own weights. From the other sizes coalitions are drawn by weight, each with its complement (which
 * halves the noise, Covert and Lee 2021), and those drawn share what weight is left by how often they were drawn.
 */
import type { Random } from "../../random.ts";
import type { Coalition } from "./coalitions.ts";

export interface WeightedCoalition {
  /** Neither empty nor whole. */
  readonly coalition: Coalition;
  readonly weight: number;
}

/** Coalitions of `size` and of `players - size`. */
interface CoalitionSize {
  readonly size: number;
  /** How many there are. */
  readonly count: number;
  /** What they weigh together. */
  readonly weight: number;
}

/** @param samples how many different coalitions there may be */
export function shapleySamples(random: Random, players: number, samples: number): WeightedCoalition[] {
  const layers = layersOf(players);
  const everything = layers.reduce((sum, { count }) => sum + count, 0);
  const found: WeightedCoalition[] = [];
  let left = samples;
  let rest = layers;
  for (const { size, count, weight } of layers) {
    const restWeight = totalWeight(rest);
    if (everything > samples && (left * weight) / restWeight < count) break;
    for (const coalition of coalitionsOf(players, size)) {
      found.push({ coalition, weight: weight / count });
      if (2 * size !== players) found.push({ coalition: complement(coalition), weight: weight / count });
    }
    left -= count;
    rest = rest.slice(1);
  }
  return [...found, ...drawn(random, players, rest, left)];
}

function layersOf(players: number): CoalitionSize[] {
  const layers: CoalitionSize[] = [];
  let choose = 1;
  for (let size = 1; 2 * size <= players; size += 1) {
    choose = (choose * (players - size + 1)) / size;
    const sizes = 2 * size === players ? 1 : 2;
    layers.push({ size, count: sizes * choose, weight: (sizes * (players - 1)) / (size * (players - size)) });
  }
  return layers;
}

function totalWeight(layers: readonly CoalitionSize[]): number {
  return layers.reduce((sum, { weight }) => sum + weight, 0);
}

/** All coalitions of a size, in lexical order. */
function* coalitionsOf(players: number, size: number, from = 0): Generator<Coalition> {
  if (size === 0) {
    yield new Uint8Array(players);
    return;
  }
  for (let first = from; first <= players - size; first += 1) {
    for (const coalition of coalitionsOf(players, size - 1, first + 1)) {
      coalition[first] = 1;
      yield coalition;
    }
  }
}

function complement(coalition: Coalition): Coalition {
  return coalition.map((bit) => 1 - bit);
}

/** Where chance brings up the same coalitions again and again, fewer than `samples` different ones are found. */
const drawsPerSample = 4;

function drawn(
  random: Random,
  players: number,
  layers: readonly CoalitionSize[],
  samples: number,
): WeightedCoalition[] {
  const weight = totalWeight(layers);
  const times = new Map<string, { readonly coalition: Coalition; count: number }>();
  let draws = 0;
  const add = (coalition: Coalition) => {
    const key = coalition.join("");
    const before = times.get(key);
    if (before === undefined && times.size === samples) return;
    draws += 1;
    if (before === undefined) times.set(key, { coalition, count: 1 });
    else before.count += 1;
  };
  for (let i = 0; layers.length > 0 && i < drawsPerSample * samples && times.size < samples; i += 1) {
    const coalition = drawCoalition(random, players, drawSize(random, layers, weight));
    add(coalition);
    add(complement(coalition));
  }
  return [...times.values()].map(({ coalition, count }) => ({ coalition, weight: (weight * count) / draws }));
}

function drawSize(random: Random, layers: readonly CoalitionSize[], weight: number): number {
  let rest = random.uniform() * weight;
  for (const layer of layers) {
    rest -= layer.weight;
    if (rest < 0) return layer.size;
  }
  return layers.at(-1)?.size ?? 1;
}

/** The first `size` of the players, shuffled (Fisher and Yates). */
function drawCoalition(random: Random, players: number, size: number): Coalition {
  const order = Array.from({ length: players }, (_, i) => i);
  const coalition = new Uint8Array(players);
  for (let i = 0; i < size; i += 1) {
    const from = i + random.below(players - i);
    const player = order[from] ?? 0;
    order[from] = order[i] ?? 0;
    coalition[player] = 1;
  }
  return coalition;
}
