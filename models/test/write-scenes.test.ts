import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { datasetScene, type SceneEntry, writeScenes } from "../src/index.ts";
import { decodePng } from "./decode-png.ts";

const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-scenes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("writeScenes", () => {
  test("writes pictures, a mask for each object, and the list of them", async () => {
    const out = join(folder, "a");
    const entries = await writeScenes(out, { count: 4, seed: 3 });
    expect(JSON.parse(readFileSync(join(out, "scenes.json"), "utf8"))).toEqual(entries);
    expect(entries).toHaveLength(8);
    const files = entries.flatMap(({ file, mask }) => [file, mask]);
    expect(readdirSync(out).toSorted()).toEqual(
      [...new Set([...files, "scenes.json", "instances.json"])].toSorted(),
    );
    for (const [index, [one, other]] of pairs(entries).entries()) {
      const scene = datasetScene({ seed: 903, objects: 2 }, index);
      expect(one.file).toBe(other.file);
      expect(one.label).toBeLessThan(other.label);
      expect(decodePng(readFileSync(join(out, one.file)))).toEqual({
        width: 128,
        height: 128,
        channels: 3,
        pixels: Buffer.from(scene.rgb),
      });
      for (const { label, mask } of [one, other]) {
        const object = scene.objects.find(({ classIndex }) => classIndex === label);
        const png = decodePng(readFileSync(join(out, mask)));
        expect(png).toMatchObject({ width: 128, height: 128, channels: 1 });
        expect(png.pixels).toEqual(Buffer.from(object?.mask.map((inside) => 255 * inside) ?? []));
      }
    }
  });

  test("lists boxes and masks as COCO does", async () => {
    const out = join(folder, "coco");
    await writeScenes(out, { count: 3, seed: 5, objects: 3 });
    const { images, annotations, categories } = JSON.parse(readFileSync(join(out, "instances.json"), "utf8"));
    expect(images.map((image: { file_name: string }) => image.file_name)).toEqual([
      "00000.png",
      "00001.png",
      "00002.png",
    ]);
    expect(annotations.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { image_id, category_id, bbox, area, segmentation } of annotations) {
      const scene = datasetScene({ seed: 905, objects: 3 }, image_id - 1);
      const { name } = categories.find(({ id }: { id: number }) => id === category_id);
      const object = scene.objects.find(({ className }) => className === name);
      const [left, top, right, bottom] = object?.box ?? [0, 0, 0, 0];
      expect(bbox).toEqual([left, top, right - left, bottom - top]);
      expect(segmentation.size).toEqual([128, 128]);
      const pixels = inside(segmentation.counts).map((i) => (i % 128) * 128 + Math.floor(i / 128));
      expect(pixels).toHaveLength(area);
      expect(pixels.every((pixel) => object?.mask[pixel] === 1)).toBe(true);
      expect(area).toBe(object?.mask.reduce((sum, bit) => sum + bit, 0));
    }
  });

  test("gives the same pixels for the same options, others for another seed, more of the same for a larger count", async () => {
    const hashes = (name: string) =>
      readdirSync(join(folder, name))
        .toSorted()
        .filter((file) => file.endsWith(".png"))
        .map((file) => `${file} ${hash(decodePng(readFileSync(join(folder, name, file))).pixels)}`);
    await writeScenes(join(folder, "b"), { count: 4, seed: 3 });
    await writeScenes(join(folder, "c"), { count: 2, seed: 3 });
    await writeScenes(join(folder, "d"), { count: 4, seed: 4 });
    expect(hashes("b")).toEqual(hashes("a"));
    expect(hashes("a").slice(0, 6)).toEqual(hashes("c"));
    expect(hashes("d").filter((one) => hashes("a").includes(one))).toEqual([]);
    expect(hashes("c")).toMatchInlineSnapshot(`
      [
        "00000.10.png 2130bfe4e281",
        "00000.3.png 1a7b912ebd2e",
        "00000.png 84c0a4da0e1d",
        "00001.10.png c71aeeafde06",
        "00001.3.png 93e0388764ec",
        "00001.png 272056e1f48a",
      ]
    `);
  });

  test("takes one to three objects and another size", async () => {
    const entries = await writeScenes(join(folder, "e"), { count: 2, objects: 3, size: 64 });
    expect(entries).toHaveLength(6);
    const [first] = entries;
    expect(decodePng(readFileSync(join(folder, "e", first?.mask ?? "")))).toMatchObject({ width: 64 });
  });

  test("tells how far it is, and ends when it is told to", async () => {
    const controller = new AbortController();
    const progress: string[] = [];
    const writing = writeScenes(join(folder, "f"), {
      count: 3,
      signal: controller.signal,
      onPicture(done, count) {
        progress.push(`${done}/${count}`);
        if (done === 2) controller.abort(new Error("enough"));
      },
    });
    await expect(writing).rejects.toThrow("enough");
    expect(progress).toEqual(["1/3", "2/3"]);
    expect(readdirSync(join(folder, "f"))).not.toContain("scenes.json");
  });

  test.each([
    { seed: 100 },
    { seed: -1 },
    { seed: 0.5 },
    { count: 0 },
    { count: 250_001 },
    { count: Number.NaN },
  ])("refuses %o", async (options) => {
    await expect(writeScenes(join(folder, "g"), options)).rejects.toThrow(RangeError);
  });
});

function pairs(entries: readonly SceneEntry[]): [SceneEntry, SceneEntry][] {
  return entries.flatMap((one, i): [SceneEntry, SceneEntry][] => {
    const other = entries[i + 1];
    return i % 2 === 0 && other !== undefined ? [[one, other]] : [];
  });
}

/** The numbered pixels of the odd runs, down the columns. */
function inside(counts: readonly number[]): number[] {
  let start = 0;
  return counts.flatMap((length, run) => {
    const first = start;
    start += length;
    return run % 2 === 0 ? [] : Array.from({ length }, (_, i) => first + i);
  });
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}
