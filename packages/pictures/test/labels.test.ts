import { describe, expect, test } from "vitest";
import { findClass } from "../src/labels/find-class.ts";
import { imagenetLabels, parseLabels } from "../src/labels/labels.ts";
import { chooseLabels } from "../src/self-description/choose-labels.ts";

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
  ])("%s", (name, text) => {
    expect(parseLabels(text, name)).toEqual(["cat", "dog"]);
  });

  test.each([
    ["empty.txt", "\n", /is empty/],
    ["gap.json", '{"0": "cat", "2": "dog"}', /every index/],
    ["numbers.json", "[1, 2]", /array of names/],
    ["half.json", '["cat"', /cannot be read/],
  ])("%s is refused", (name, text, message) => {
    expect(() => parseLabels(text, name)).toThrow(message);
    expect(() => parseLabels(text, name)).toThrow(
      expect.objectContaining({ kind: "usage", message: expect.stringContaining(name) }),
    );
  });
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

  test("with a background every index is one later", () => {
    const labels = chooseLabels("imagenet", 1001, { labels: [] })?.value;
    expect(findClass("zebra", labels, 1001)).toBe(341);
    expect(findClass("n02391049", labels, 1001)).toBe(341);
  });

  test.each([
    ["zebrra", 'There is no class "zebrra"; the nearest are: zebra (340), '],
    ["1000", "There is no class 1000; the model has classes 0 to 999."],
    ["crane", '"crane" may be crane (134) or crane (517). Give the whole name or the index.'],
    ["elephant", '"elephant" may be Indian elephant (385) or African elephant (386). '],
    ["terrier", " more. Give the whole name"],
    ["", 'There is no class ""; the nearest are: '],
  ])("%s is refused with an offer", (query, message) => {
    expect(() => findClass(query, imagenetLabels, 1000)).toThrow(message);
  });

  test("without names only an index will do", () => {
    expect(findClass("7", undefined, 10)).toBe(7);
    expect(() => findClass("zebra", undefined, 10)).toThrow(
      /give an index from 0 to 9; or set the option labels/,
    );
  });
});
