import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findClass, imagenetLabels, labelsFor, loadLabels } from "../src/labels.ts";
import { temporaryFolder } from "./shared.ts";

async function labelFile(name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return path;
}

test("ImageNet's names are built in, in order", () => {
  expect(imagenetLabels).toHaveLength(1000);
  expect(imagenetLabels[0]).toBe("tench, Tinca tinca");
  expect(imagenetLabels[340]).toBe("zebra");
  expect(imagenetLabels[386]).toBe("African elephant, Loxodonta africana");
  expect(imagenetLabels[999]).toBe("toilet tissue, toilet paper, bathroom tissue");
});

describe("label files", () => {
  test.each([
    ["a.txt", "cat\ndog\n"],
    ["windows.txt", "\uFEFFcat\r\ndog\r\n\r\n"],
    ["synset.txt", "n02121620 cat\nn02084071 dog\n"],
    ["a.json", '["cat", "dog"]'],
    ["index.json", '{"1": "dog", "0": "cat"}'],
    ["keras.json", '{"0": ["n02121620", "cat"], "1": ["n02084071", "dog"]}'],
    ["config.json", '{"model_type": "x", "id2label": {"0": "cat", "1": "dog"}}'],
  ])("%s", async (name, text) => {
    expect(await loadLabels(await labelFile(name, text))).toEqual(["cat", "dog"]);
  });

  test.each([
    ["empty.txt", "\n", /is empty/],
    ["gap.json", '{"0": "cat", "2": "dog"}', /every index/],
    ["numbers.json", "[1, 2]", /array of names/],
    ["half.json", '["cat"', /cannot be read/],
  ])("%s is refused", async (name, text, message) => {
    const loading = loadLabels(await labelFile(name, text));
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toMatchObject({ kind: "usage", message: expect.stringContaining(name) });
  });

  test("a missing one is refused", async () => {
    await expect(loadLabels("nowhere.txt")).rejects.toThrow('There is no label file "nowhere.txt"');
  });
});

test("which names a model's classes have", async () => {
  expect(await labelsFor(undefined, 1000)).toBe(imagenetLabels);
  expect((await labelsFor(undefined, 1001))?.slice(0, 2)).toEqual(["background", imagenetLabels[0]]);
  expect(await labelsFor(undefined, 10)).toBeUndefined();
  expect(await labelsFor(undefined, 2, ["cat", "dog"])).toEqual(["cat", "dog"]);
  expect(await labelsFor(undefined, 3, ["cat", "dog"])).toBeUndefined();
  expect(await labelsFor("none", 1000)).toBeUndefined();
  expect(await labelsFor("imagenet", 1000, ["cat"])).toBe(imagenetLabels);
  await expect(labelsFor("imagenet", 10)).rejects.toThrow(/1000 classes .* the model has 10;/);
  const path = await labelFile("two.txt", "cat\ndog");
  expect(await labelsFor(path, 2)).toEqual(["cat", "dog"]);
  await expect(labelsFor(path, 5)).rejects.toThrow(/two\.txt" has 2 names, and the model has 5 classes/);
});

describe("finding a class", () => {
  test.each([
    ["340", 340],
    ["zebra", 340],
    [" ZEBRA ", 340],
    ["n02391049", 340],
    ["Loxodonta africana", 386],
    ["African elephant, Loxodonta africana", 386],
    ["tiger", 292],
    ["african eleph", 386],
  ])("%s", (query, index) => {
    expect(findClass(query, imagenetLabels, 1000)).toBe(index);
  });

  test("with a background every index is one later", async () => {
    const labels = await labelsFor("imagenet", 1001);
    expect(findClass("zebra", labels, 1001)).toBe(341);
    expect(findClass("n02391049", labels, 1001)).toBe(341);
  });

  test.each([
    ["zebrra", 'There is no class "zebrra"; nearest: zebra (340), '],
    ["1000", "There is no class 1000; the model has classes 0 to 999."],
    ["crane", '"crane" may be crane (134) or crane (517); give the whole name or the index.'],
    ["elephant", '"elephant" may be Indian elephant (385) or African elephant (386); '],
    ["terrier", " more; give the whole name"],
    ["", 'There is no class ""; nearest: '],
  ])("%s is refused with an offer", (query, message) => {
    expect(() => findClass(query, imagenetLabels, 1000)).toThrow(message);
  });

  test("without names only an index will do", () => {
    expect(findClass("7", undefined, 10)).toBe(7);
    expect(() => findClass("zebra", undefined, 10)).toThrow(/give an index from 0 to 9, or a label file/);
  });
});
