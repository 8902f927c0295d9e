/**
 * What the SGLRP paper claims, held where it was measured to hold: on scenes whose every pixel is known to belong to one
 * object, the other, or neither. docs/scenes.md has the whole table; Guided Grad-CAM joins it when it exists.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shippedClassifiers } from "@onnx-lrp/models";
import { readNpy } from "@onnx-lrp/node";
import { beforeAll, describe, expect, test } from "vitest";
import {
  heatmapsOf,
  measureMap,
  measureScenes,
  type SceneMeasures,
  twoObjectScenes,
} from "./bench/src/scene-measures.ts";
import { relativeDifference } from "./numbers.ts";

const scenes = twoObjectScenes(200);
const folder = fileURLToPath(new URL("goldens/scenes", import.meta.url));
const stored: Record<string, Record<string, SceneMeasures>> = JSON.parse(
  readFileSync(join(folder, "measures.json"), "utf8"),
);

describe.each(shippedClassifiers.map((network) => [network.name, network] as const))("%s", (_, network) => {
  const convolutional = network.name !== "vit";
  const measured = new Map<string, SceneMeasures>();
  const of = (method: string): SceneMeasures => {
    const measures = measured.get(method);
    if (measures === undefined) throw new Error(`${method} was not measured`);
    return measures;
  };

  beforeAll(async () => {
    for (const method of ["sglrp", "clrp", "lrp"] as const)
      measured.set(method, await measureScenes(network, scenes, method));
  }, 120_000);

  test("SGLRP puts more of its positive relevance on the target than CLRP and LRP do", () => {
    expect(of("sglrp").mass).toBeGreaterThan(of("clrp").mass);
    expect(of("sglrp").mass).toBeGreaterThan(of("lrp").mass);
  });

  if (convolutional) {
    test("SGLRP points to the target more often than CLRP and LRP do", () => {
      expect(of("sglrp").pointing).toBeGreaterThan(of("clrp").pointing);
      expect(of("sglrp").pointing).toBeGreaterThan(of("lrp").pointing);
    });
  } else {
    test("all three point to the target alike", () => {
      for (const method of ["sglrp", "clrp", "lrp"]) expect(of(method).pointing).toBeGreaterThan(0.9);
    });

    test("half of SGLRP's relevance and more is on the target, at most a twentieth on the rival", () => {
      expect(of("sglrp").mass).toBeGreaterThan(0.5);
      expect(of("sglrp").rival).toBeLessThan(0.05);
    });
  }

  test(`CLRP lies ${network.name === "vgg" ? "below LRP, against the paper" : "above LRP, as in the paper"}`, () => {
    const better = network.name === "vgg" ? "lrp" : "clrp";
    const worse = network.name === "vgg" ? "clrp" : "lrp";
    expect(of(better).mass).toBeGreaterThan(of(worse).mass);
    if (convolutional) expect(of(better).pointing).toBeGreaterThan(of(worse).pointing);
  });

  test("SGLRP puts less on the rival than CLRP, and far less than LRP", () => {
    expect(of("sglrp").rival).toBeLessThan(of("clrp").rival);
    expect(of("sglrp").rival).toBeLessThan(of("lrp").rival / (convolutional ? 3 : 2));
  });

  test("every method points to the target far above chance", () => {
    for (const method of ["sglrp", "clrp", "lrp"]) {
      expect(of(method).pointing).toBeGreaterThan(5 * of(method).chance);
    }
  });

  test("the figures are those that were stored", () => {
    for (const [method, measures] of measured) {
      const before = stored[network.name]?.[method];
      expect(before?.maps).toBe(measures.maps);
      // Another CPU rounds differently, and moves a highest pixel now and then.
      for (const key of ["pointing", "mass", "rival", "chance"] as const) {
        expect(Math.abs(measures[key] - (before?.[key] ?? Number.NaN)), `${method} ${key}`).toBeLessThan(
          0.015,
        );
      }
    }
  });

  test("the maps of the first scene are those that were stored", async () => {
    const maps = await heatmapsOf(network, scenes.slice(0, 1), "sglrp");
    expect(maps).toHaveLength(2);
    for (const [i, { values }] of maps.entries()) {
      const before = await readNpy(join(folder, `${network.name}.${i}.npy`));
      expect(relativeDifference(values, before.data as Float32Array)).toBeLessThan(1e-3);
    }
  });
});

describe("measures of one map, worked out by hand", () => {
  const target = Uint8Array.of(1, 1, 0, 0);
  const other = Uint8Array.of(0, 0, 1, 0);

  test("a perfect map", () => {
    expect(measureMap(Float32Array.of(3, 1, 0, 0), target, other)).toEqual({
      area: 0.5,
      found: { hit: 1, mass: 1, rival: 0 },
    });
  });

  test("a flat map scores chance", () => {
    expect(measureMap(Float32Array.of(1, 1, 1, 1), target, other).found).toMatchObject({
      mass: 0.5,
      rival: 0.25,
    });
  });

  test("a map that points to the rival", () => {
    expect(measureMap(Float32Array.of(1, 0, 3, 0), target, other)).toEqual({
      area: 0.5,
      found: { hit: 0, mass: 0.25, rival: 0.75 },
    });
  });

  test("a map without a positive pixel", () => {
    expect(measureMap(new Float32Array(4), target, other)).toEqual({ area: 0.5, found: undefined });
  });
});
