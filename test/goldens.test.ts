/** Every reference map, at the optimization level that the product uses. */
import { join } from "node:path";
import { openExplainer, readNpy } from "@onnx-lrp/node";
import { describe, expect, test } from "vitest";
import { type GoldenCase, type GoldenMap, hasShared, ownCases, sharedCases } from "./golden-cases.ts";
import { relativeDifference } from "./numbers.ts";

/** The pooling winners of Tiny Darknet tie within float32. */
const limits: Readonly<Record<string, number>> = { "tiny-darknet-top1": 2e-2 };

async function makeMap(
  golden: GoldenCase,
  map: GoldenMap,
): Promise<{ relevance: Float32Array; logit: number; probability: number }> {
  const explainer = await openExplainer(golden.model, {
    method: map.seed === "sglrp-unit" ? "sglrp" : map.seed,
    composite: map.composite,
    pixels: { low: golden.low, high: golden.high },
  });
  try {
    const input = await readNpy(join(golden.folder, "input.npy"));
    const [result] = await explainer.explain([input.data as Float32Array], [[golden.target]]);
    const explanation = result?.explanations[0];
    if (explanation === undefined) throw new Error("no explanation came back");
    const { relevance, seedScale, logit, probability } = explanation;
    const scale = map.seed === "sglrp" ? seedScale : 1;
    return { relevance: relevance.map((value) => value * scale), logit, probability };
  } finally {
    await explainer.release();
  }
}

function testCase(golden: GoldenCase): void {
  describe(golden.name, () => {
    test.each(golden.maps.map((map) => [`${map.seed} ${map.composite}`, map] as const))(
      "%s",
      async (_, map) => {
        const made = await makeMap(golden, map);
        const wanted = await readNpy(join(golden.folder, map.file));
        expect(made.logit).toBeCloseTo(golden.logit, 3);
        expect(made.probability).toBeCloseTo(golden.probability, 4);
        expect(relativeDifference(made.relevance, wanted.data as Float32Array)).toBeLessThanOrEqual(
          limits[golden.name] ?? 5e-4,
        );
      },
    );
  });
}

describe("the maps that come with the repository", () => {
  for (const golden of ownCases()) testCase(golden);
});

describe.skipIf(!hasShared)("the maps of trained networks (skipped where ../shared is missing)", () => {
  for (const golden of sharedCases()) testCase(golden);
  test("there are some", () => expect(sharedCases().length).toBeGreaterThan(0));
});
