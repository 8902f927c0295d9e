import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { classesIn, classNames, datasetScene, renderScene, type Scene } from "../src/index.ts";
import { figureDistance } from "../src/scenes/figure.ts";
import { drawLayout } from "../src/scenes/layout.ts";

const counts = [1, 2, 3] as const;
const someScenes: readonly Scene[] = counts.flatMap((objects) =>
  Array.from({ length: 20 }, (_, seed) => renderScene({ seed: 9000 + seed, objects })),
);
const centres = Array.from(
  { length: 128 * 128 },
  (_, i) => [(i % 128) + 0.5, Math.floor(i / 128) + 0.5] as const,
);

describe("renderScene", () => {
  test("gives the same bytes for the same seed everywhere", () => {
    const hashes = counts.map((objects) => hash(renderScene({ seed: 7, objects })));
    expect(hashes).toMatchInlineSnapshot(`
      [
        "d9c5142013177294",
        "4a9ce0b205372655",
        "a48beeba21048320",
      ]
    `);
    expect(hash(renderScene({ seed: 7, objects: 2 }))).toBe(hashes[1]);
    expect(hash(renderScene({ seed: 8, objects: 2 }))).not.toBe(hashes[1]);
  });

  test("shows the asked number of objects, of different classes", () => {
    for (const [i, scene] of someScenes.entries()) {
      const names = classesIn(scene);
      expect(names).toHaveLength(counts[Math.floor(i / 20)] ?? 0);
      expect(new Set(names).size).toBe(names.length);
      for (const object of scene.objects) expect(classNames[object.classIndex]).toBe(object.className);
    }
  });

  test("gives every object a mask and the tightest box around it", () => {
    for (const scene of someScenes) {
      for (const { box, mask } of scene.objects) expect(box).toEqual(tightBox(mask, scene.width));
    }
  });

  test("has masks that do not overlap", () => {
    for (const scene of someScenes) {
      const owners = new Uint8Array(scene.width * scene.height);
      for (const { mask } of scene.objects) {
        for (const [i, bit] of mask.entries()) owners[i] = (owners[i] ?? 0) + bit;
      }
      expect(Math.max(...owners)).toBe(1);
    }
  });

  test("leaves at least 60 % of every object visible", () => {
    for (const objects of [2, 3] as const) {
      for (let seed = 9000; seed < 9020; seed++) {
        const { objects: placed } = drawLayout(seed, objects);
        const scene = renderScene({ seed, objects });
        for (const [i, { figure }] of placed.entries()) {
          const whole = centres.filter(([x, y]) => figureDistance(figure, x, y) < 0).length;
          expect(sum(scene.objects[i]?.mask ?? []) / whole).toBeGreaterThanOrEqual(0.6);
        }
      }
    }
  });

  test("draws the same scene at another size", () => {
    const small = renderScene({ seed: 21, objects: 2 });
    const large = renderScene({ seed: 21, objects: 2, size: 256 });
    expect(large.rgb).toHaveLength(256 * 256 * 3);
    expect(classesIn(large)).toEqual(classesIn(small));
    for (const [i, object] of large.objects.entries()) {
      for (const [side, edge] of object.box.entries()) {
        expect(Math.abs(edge / 2 - (small.objects[i]?.box[side] ?? 0))).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe("the sets of scenes", () => {
  const size = 32;
  const scenes = Array.from({ length: 800 }, (_, i) => datasetScene({ seed: 5, objects: 1, size }, i));
  const labels = scenes.map((scene) => scene.objects[0]?.classIndex ?? -1);

  test("hold all classes about equally often", () => {
    const expected = scenes.length / classNames.length;
    for (const classIndex of classNames.keys()) {
      const count = labels.filter((label) => label === classIndex).length;
      expect(count).toBeGreaterThan(0.5 * expected);
      expect(count).toBeLessThan(1.6 * expected);
    }
  });

  test("cannot be told apart by the mean colour of the picture, the object or the background", () => {
    const whole = scenes.map((scene) => meanColour(scene, () => true));
    const objects = scenes.map((scene) => meanColour(scene, (i) => scene.objects[0]?.mask[i] === 1));
    const backgrounds = scenes.map((scene) => meanColour(scene, (i) => scene.objects[0]?.mask[i] === 0));
    for (const features of [whole, objects, backgrounds]) {
      expect(nearestMeanAccuracy(features, labels)).toBeLessThan(2.2 / classNames.length);
    }
  });

  test("share no scene", () => {
    expect(hash(datasetScene({ seed: 5, objects: 1 }, 0))).not.toBe(
      hash(datasetScene({ seed: 6, objects: 1 }, 0)),
    );
    expect(() => datasetScene({ seed: 5, objects: 1 }, 250_000)).toThrow(RangeError);
  });
});

function hash(scene: Scene): string {
  const digest = createHash("sha256").update(scene.rgb);
  for (const { mask } of scene.objects) digest.update(mask);
  return digest.digest("hex").slice(0, 16);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function tightBox(mask: Uint8Array, width: number): readonly number[] {
  const pixels = [...mask.keys()].filter((i) => mask[i] === 1);
  const columns = pixels.map((i) => i % width);
  const rows = pixels.map((i) => Math.floor(i / width));
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1];
}

function meanColour(scene: Scene, counts: (pixel: number) => boolean): readonly number[] {
  const pixels = Array.from({ length: scene.width * scene.height }, (_, i) => i).filter(counts);
  return [0, 1, 2].map((channel) => sum(pixels.map((i) => scene.rgb[3 * i + channel] ?? 0)) / pixels.length);
}

/** Fits class means on the first half, measures on the second. */
function nearestMeanAccuracy(features: readonly (readonly number[])[], labels: readonly number[]): number {
  const half = features.length / 2;
  const means = [...classNames.keys()].map((classIndex) => {
    const members = features.slice(0, half).filter((_, i) => labels[i] === classIndex);
    return [0, 1, 2].map((channel) => sum(members.map((m) => m[channel] ?? 0)) / members.length);
  });
  const distance = (a: readonly number[], b: readonly number[]) =>
    sum(a.map((v, i) => (v - (b[i] ?? 0)) ** 2));
  const hits = features.slice(half).filter((feature, i) => {
    const distances = means.map((mean) => distance(feature, mean));
    return distances.indexOf(Math.min(...distances)) === labels[half + i];
  });
  return hits.length / half;
}
