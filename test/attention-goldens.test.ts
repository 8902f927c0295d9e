/** Reference maps of networks with attention, made in float64 apart from this code; skipped where ../shared is missing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CompositeName } from "@onnx-lrp/core";
import { openExplainer, readNpy } from "@onnx-lrp/node";
import { describe, expect, test } from "vitest";
import { shared } from "./golden-cases.ts";
import { relativeDifference } from "./numbers.ts";

interface AttentionCase {
  readonly target: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly maps: readonly {
    readonly seed: "sglrp-unit" | "logit";
    readonly composite: CompositeName;
    readonly file: string;
  }[];
}

const folder = join(shared, "attention");
const names = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "case.json")))
  : [];

describe.skipIf(names.length === 0)("networks with attention (skipped where ../shared is missing)", () => {
  const cases = names.flatMap((name) => {
    const { maps, ...rest }: AttentionCase = JSON.parse(
      readFileSync(join(folder, name, "case.json"), "utf8"),
    );
    return maps.map((map) => ({ name, map, ...rest }));
  });
  test.each(cases)("$name, $map.composite", async ({ name, map, target, low, high }) => {
    const method =
      map.composite === "gradient"
        ? ({ method: "gradient" } as const)
        : ({ method: "sglrp", composite: map.composite } as const);
    const explainer = await openExplainer(join(folder, name, "model.onnx"), {
      ...method,
      pixels: { low, high },
    });
    try {
      const input = await readNpy(join(folder, name, "input.npy"));
      const [result] = await explainer.explain([input.data as Float32Array], [[target]]);
      const wanted = await readNpy(join(folder, name, map.file));
      const made = result?.explanations[0]?.relevance ?? new Float32Array();
      expect(relativeDifference(made, wanted.data as Float32Array)).toBeLessThanOrEqual(5e-5);
    } finally {
      await explainer.release();
    }
  });
});
