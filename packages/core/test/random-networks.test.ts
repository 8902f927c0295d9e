/** Random networks against the oracle, under every composite and seed. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainOnce, pixels } from "@onnx-lrp/test-kit/explain";
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { difference } from "./compare.ts";
import { composites, type OracleComposite, oracleComposites } from "./oracle/composites.ts";
import { gradient } from "./oracle/gradient.ts";
import { explain } from "./oracle/relevance.ts";
import { type SeedName, seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";
import { build, recipe } from "./random-network.ts";

// More networks on demand: ONNX_LRP_NETWORKS=500 ONNX_LRP_SEED=7 npx vitest run packages/core/test/random-networks
const numRuns = Number(process.env.ONNX_LRP_NETWORKS ?? 12);
const settings = { numRuns, seed: Number(process.env.ONNX_LRP_SEED ?? 2019), endOnFailure: numRuns < 100 };

const usual = 1e-4;

/** Pictures whose pixels are off by what float32 keeps of a number. */
function shaken(image: Float32Array, seed: number): Float64Array {
  const noise = numbers(seeded(seed), image.length);
  return Float64Array.from(
    image,
    (pixel, i) => pixel + Math.max(Math.abs(pixel), 0.1) * 2e-7 * (noise[i] ?? 0),
  );
}

/**
 * How far a map may be from the oracle's: 1e-4, since relevance of both signs cancels on its way, or more where the oracle
 * itself is that sensitive to the last bit of the picture, as the epsilon rule is near z = 0. Undefined where nothing can
 * be told.
 */
function tolerance(
  image: Float32Array,
  map: Float64Array,
  again: (image: Float64Array) => Float64Array,
): number | undefined {
  const moved = Math.max(...[1, 2, 3].map((seed) => difference(again(shaken(image, seed)), map)));
  return moved > 1e-3 ? undefined : Math.max(usual, 30 * moved);
}

/** How many maps there were, and how many of them were held to the oracle's. */
interface Tally {
  maps: number;
  compared: number;
}

/** Most maps are compared: few vanish, and few are too sensitive to tell. */
function expectMost({ maps, compared }: Tally): void {
  expect(maps).toBeGreaterThanOrEqual(2 * numRuns);
  expect(compared).toBeGreaterThanOrEqual(0.75 * maps);
}

async function compare(
  tally: Tally,
  model: Model,
  seed: SeedName,
  composite: OracleComposite | "gradient",
  reference: (image: ArrayLike<number>, target: number) => Float64Array,
): Promise<void> {
  const images = pictures(3, 90, 21);
  const results = await explainOnce(
    model,
    images,
    [
      [0, 1],
      [2, 0],
      [3, 2],
    ],
    {
      method: seed,
      composite: seed === "gradient" ? undefined : composite,
    },
  );
  for (const [n, k] of [
    [0, 1],
    [2, 0],
  ] as const) {
    const image = images[n] ?? new Float32Array();
    const { target, relevance } = results[n]?.explanations[k] ?? { target: -1, relevance: [] };
    const map = reference(image, target);
    tally.maps += 1;
    // Where all relevance cancels, as with a contrastive seed behind a single channel, rounding alone is left.
    if (Math.hypot(...map) < 1e-5) {
      expect(Math.hypot(...relevance), `picture ${n}, class ${target}, nothing`).toBeLessThan(2e-5);
      continue;
    }
    const allowed =
      difference(relevance, map) < usual ? usual : tolerance(image, map, (moved) => reference(moved, target));
    if (allowed === undefined) continue;
    expect(relevance, `picture ${n}, class ${target}`).toBeNear(map, allowed);
    tally.compared += 1;
  }
}

const seedNames: readonly SeedName[] = ["sglrp", "clrp", "lrp"];

describe.each(oracleComposites)("%s", (composite) => {
  test("random networks", async () => {
    const tally = { maps: 0, compared: 0 };
    const property = fc.asyncProperty(recipe, fc.constantFrom(...seedNames), async (given, seed) => {
      const model = build(given);
      const how = { seed: seeds[seed], composite: composites[composite], ...pixels };
      await compare(tally, model, seed, composite, (image, target) => {
        const [map] = explain(model, [image], [target], how).maps;
        return map ?? new Float64Array();
      });
    });
    await fc.assert(property, settings);
    expectMost(tally);
  }, 600_000);
});

test("gradients of random networks", async () => {
  const tally = { maps: 0, compared: 0 };
  const property = fc.asyncProperty(
    recipe,
    fc.constantFrom(...seedNames, "gradient" as const),
    async (given, seed) => {
      const model = build(given);
      await compare(tally, model, seed, "gradient", (image, target) =>
        gradient(model, image, target, seeds[seed]),
      );
    },
  );
  await fc.assert(property, settings);
  expectMost(tally);
}, 600_000);
