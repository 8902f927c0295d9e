/** What the SGLRP paper's published code computes, and CLRP as Gu et al. coded it, against the oracle. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, pixels } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { difference, total } from "./compare.ts";
import { composites } from "./oracle/composites.ts";
import { explain, type How } from "./oracle/relevance.ts";
import { gradientRule, zbox, zplusWith } from "./oracle/rules.ts";
import type { SeedRule } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

type Combine = (t: Float64Array, o: Float64Array) => Float64Array;

interface Coded {
  /** One for the class and one for all others. */
  readonly target: SeedRule;
  readonly others?: SeedRule;
  readonly scale?: (z: Float64Array, t: number) => number;
}

const rectified = (z: Float64Array) => z.map((value) => Math.max(value, 0));
const softmax = (z: Float64Array) => {
  const powers = z.map(Math.exp);
  return powers.map((power) => power / total(powers));
};
/** Values of the classes that are chosen; a class whose logit is not positive is dropped. */
const seed =
  (of: (z: Float64Array, n: number, t: number) => number, own: boolean): SeedRule =>
  (z, t) => ({
    seed: z.map((value, n) => (value > 0 && (n === t) === own ? of(rectified(z), n, t) : 0)),
    scale: 1,
  });

const coded: Readonly<Record<"sglrp" | "clrp" | "lrp", Coded>> = {
  sglrp: {
    // The factors p_t (1 - p_t) of T and p_t of O cancel in T - O sum(T) / sum(O), but for the scale.
    target: seed(() => 1, true),
    others: seed((z, n) => softmax(z)[n] ?? 0, false),
    scale(z, t) {
      const p = softmax(rectified(z))[t] ?? 0;
      return p * (1 - p);
    },
  },
  clrp: {
    target: seed((z, n) => z[n] ?? 0, true),
    others: seed((z, _, t) => (z[t] ?? 0) / (z.length - 1), false),
  },
  lrp: { target: seed((z, n) => z[n] ?? 0, true) },
};

const toTarget: Combine = (t, o) =>
  total(o) === 0 ? t : t.map((value, i) => value - ((o[i] ?? 0) * total(t)) / total(o));
const toOne: Combine = (t, o) => {
  const unit = (values: Float64Array) =>
    values.map((value) => (total(values) === 0 ? 0 : value / total(values)));
  const rivals = unit(o);
  return unit(t).map((value, i) => value - (rivals[i] ?? 0));
};

const asCoded: Omit<How, "seed"> = {
  asCoded: true,
  composite: { first: zbox, conv: zplusWith("full"), dense: zplusWith("full"), other: gradientRule },
  // One lowest and one highest pixel for all channels.
  low: [-1.3, -1.3, -1.3],
  high: [1.3, 1.3, 1.3],
};

function oracle(
  model: Model,
  picture: ArrayLike<number>,
  t: number,
  { target, others }: Coded,
): Float64Array {
  const map = (rule: SeedRule) =>
    explain(model, [picture], [t], { ...asCoded, seed: rule }).maps[0] ?? new Float64Array();
  return others === undefined ? map(target) : toTarget(map(target), map(others));
}

interface Case {
  readonly name: string;
  readonly model: Model;
}

/** @param shift of the logits, so that some, all, or none are positive */
function classified(shift: readonly number[], start: "image" | "Pad" | "arithmetic" = "image"): Model {
  const g = network({ input: ["N", 3, 6, 6], seed: 31 });
  const x =
    start === "image"
      ? g.image
      : start === "Pad"
        ? g.add("Pad", [g.image, g.ints([0, 0, 1, 1, 0, 0, 1, 1])])
        : g.add("Sub", [g.image, g.weights([3, 1, 1], -0.2, 0.2)]);
  const pads = start === "Pad" ? [0, 0, 0, 0] : [1, 1, 1, 1];
  const stem = g.add("Relu", [g.norm(g.conv(x, [4, 3, 3, 3], { pads }), 4)]);
  const deep = g.norm(g.conv(stem, [4, 4, 3, 3], { pads: [1, 1, 1, 1] }), 4);
  const joined = g.add("Relu", [g.add("Add", [stem, deep])]);
  const pooled = g.add("AveragePool", [joined], { kernel_shape: [2, 2], strides: [2, 2] });
  const both = g.add(
    "Concat",
    [pooled, g.add("MaxPool", [joined], { kernel_shape: [2, 2], strides: [2, 2] })],
    {
      axis: 1,
    },
  );
  const mean = g.flatten(g.add("GlobalAveragePool", [g.norm(both, 8)]));
  // Most of them alive: behind a single one T and O would be the same map.
  const hidden = g.add("Relu", [g.add("Gemm", [mean, g.weights([8, 9]), g.weights([9], 0.5, 1.5)])]);
  const logits = g.add("Gemm", [hidden, g.weights([9, 4]), g.floats(shift)]);
  return g.model(logits);
}

const cases: readonly Case[] = [
  { name: "all logits positive", model: classified([3, 3.5, 4, 3.2]) },
  { name: "some not positive", model: classified([1, -3, 2, -2.5]) },
  { name: "padding before the first layer", model: classified([2, 3, -4, 2.5], "Pad") },
  { name: "arithmetic before the first layer", model: classified([2, 3, -4, 2.5], "arithmetic") },
  { name: "only one class positive", model: classified([9, -9, -9, -9]) },
];

const targets = [0, 1, 2, 3];

describe.each(["sglrp", "clrp", "lrp"] as const)("authors-code, %s", (method) => {
  test.each(cases)("$name", async ({ model }) => {
    const images = pictures(2, 108, 41);
    const results = await explainOnce(
      model,
      images,
      images.map(() => targets),
      { method, composite: "authors-code" },
    );
    let nothing = 0;
    for (const [n, image] of images.entries()) {
      for (const t of targets) {
        const how = coded[method];
        const expected = oracle(model, image, t, how);
        const found = results[n]?.explanations[t];
        if (expected.every((value) => value === 0)) {
          nothing += 1;
          expect.soft(Math.hypot(...(found?.relevance ?? [1])), `picture ${n}, class ${t}`).toBe(0);
          continue;
        }
        expect
          .soft(difference(found?.relevance ?? [], expected), `picture ${n}, class ${t}`)
          .toBeLessThan(1e-4);
        const z = Float64Array.from(results[n]?.logits ?? []);
        expect.soft(found?.seedScale).toBeCloseTo(how.scale?.(z, t) ?? 1, 5);
      }
    }
    // A class that is dropped has no map.
    const dropped = results.flatMap(({ logits }) => targets.filter((t) => (logits[t] ?? 0) <= 0)).length;
    expect(nothing).toBe(dropped);
  });
});

test("the cases are what they say", async () => {
  const [result] = await explainOnce(classified([9, -9, -9, -9]), pictures(1, 108, 41), [[0]], {
    composite: "authors-code",
  });
  expect(Array.from(result?.logits ?? [], Math.sign)).toEqual([1, -1, -1, -1]);
  // Nothing speaks against the class: its own map is left.
  expect(total(result?.explanations[0]?.relevance ?? [])).toBeGreaterThan(0);
});

test.each(["clrp-gu", "excitation-backprop", "gradient", "grad-cam"] as const)(
  "authors-code does not go with %s",
  async (method) => {
    const explainer = explainerFor(classified([1, 1, 1, 1]), { method, composite: "authors-code" });
    await expect(explainer).rejects.toMatchObject({ kind: "usage" });
  },
);

test("CLRP as Gu et al. coded it", async () => {
  const model = classified([1, -2, 2, -2.5]);
  const images = pictures(2, 108, 43);
  const results = await explainOnce(
    model,
    images,
    images.map(() => targets),
    { method: "clrp-gu" },
  );
  const part =
    (own: boolean): SeedRule =>
    (z, t) => ({ seed: z.map((value, n) => ((n === t) === own ? Math.abs(value) : 0)), scale: 1 });
  for (const [n, image] of images.entries()) {
    for (const t of targets) {
      const [own = new Float64Array(), rivals = new Float64Array()] = [true, false].map(
        (of) =>
          explain(model, [image], [t], { seed: part(of), composite: composites["zplus-box"], ...pixels })
            .maps[0],
      );
      const found = mapOf(results, n, t);
      expect.soft(found, `picture ${n}, class ${t}`).toBeNear(toOne(own, rivals), 1e-4);
      expect.soft(Math.abs(total(found))).toBeLessThan(1e-4);
    }
  }
});
