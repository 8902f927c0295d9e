/** Reference maps of networks with attention, made in float64 apart from this code, and one network in other number formats. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

const own = fileURLToPath(new URL("goldens/attention", import.meta.url));
/** Folders with a network, its input and its maps, by a name. */
const networks = [own, join(shared, "attention")].flatMap((folder) =>
  !existsSync(folder)
    ? []
    : readdirSync(folder).flatMap((name) =>
        existsSync(join(folder, name, "case.json")) ? [{ name, folder: join(folder, name) }] : [],
      ),
);

const caseOf = (folder: string): AttentionCase => JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));

interface Asked {
  readonly folder: string;
  readonly file: string;
  readonly composite: CompositeName;
}

async function explained({ folder, file, composite }: Asked) {
  const { target, low, high } = caseOf(folder);
  const method =
    composite === "gradient" ? ({ method: "gradient" } as const) : ({ method: "sglrp", composite } as const);
  const explainer = await openExplainer(join(folder, file), { ...method, pixels: { low, high } });
  try {
    const input = await readNpy(join(folder, "input.npy"));
    const [result] = await explainer.explain([input.data as Float32Array], [[target]]);
    const map = result?.explanations[0]?.relevance ?? new Float32Array();
    const dequantized = explainer.prepared?.analysis.dequantized;
    return { map, logits: result?.logits ?? [], difference: result?.quantized?.difference, dequantized };
  } finally {
    await explainer.release();
  }
}

describe("networks with attention (those of ../shared are skipped where it is missing)", () => {
  const cases = networks.flatMap(({ name, folder }) =>
    caseOf(folder).maps.map((map) => ({ name, folder, ...map })),
  );
  test.each(cases)("$name, $composite", async ({ folder, composite, file }) => {
    const { map } = await explained({ folder, file: "model.onnx", composite });
    const wanted = await readNpy(join(folder, file));
    expect(relativeDifference(map, wanted.data as Float32Array)).toBeLessThanOrEqual(5e-5);
  });
});

describe("a vision transformer in other number formats", () => {
  const folder = join(own, "vit");
  const composites: readonly CompositeName[] = ["transformer", "attnlrp"];

  test.each(composites)("float16, %s", async (composite) => {
    const base = await explained({ folder, file: "model.onnx", composite });
    const { map, logits } = await explained({ folder, file: "float16.onnx", composite });
    expect(relativeDifference(logits, base.logits)).toBeLessThan(2e-3);
    expect(relativeDifference(map, base.map)).toBeLessThan(5e-3);
  });

  // Under gamma an output near 0 may change its branch.
  const forms = ["qdq.onnx", "qoperator.onnx", "dynamic.onnx"].flatMap((file) =>
    [
      { composite: "transformer" as const, within: 0.15 },
      { composite: "attnlrp" as const, within: 0.05 },
    ].map((how) => ({ file, ...how })),
  );
  test.each(forms)("$file, $composite", async ({ file, composite, within }) => {
    const base = await explained({ folder, file: "model.onnx", composite });
    const { map, logits, difference, dequantized } = await explained({ folder, file, composite });
    expect(dequantized).toBe(true);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(0.1);
    expect(relativeDifference(logits, base.logits)).toBeLessThan(0.1);
    expect(relativeDifference(map, base.map)).toBeLessThan(within);
  });
});
