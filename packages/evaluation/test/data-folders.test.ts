/** Data sets that are folders: one per class, or pictures with XML. */
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { imagenetLabels } from "@onnx-lrp/pictures";
import { describe, expect, test } from "vitest";
import { openDataSet } from "../src/data/open.ts";
import {
  box,
  boxes,
  boxesXml,
  folderWith,
  greyPng,
  imagenet,
  labelsOf,
  pets,
  regionsOf,
} from "./data-files.ts";

const png = greyPng(10, 8);

describe("a folder for each class", () => {
  test("by wnid, name and index, in the order of paths, links followed", async () => {
    const folder = await folderWith({
      "n02165105/b.JPEG": png,
      "n02165105/a.JPEG": png,
      "n02165105/notes.txt": "",
      "Hen/one.png": png,
      "7/deeper/one.png": png,
      ".hidden/one.png": png,
      "else/cat.png": png,
    });
    await mkdir(join(folder, "hermit_crab"));
    await symlink(join(folder, "else", "cat.png"), join(folder, "hermit_crab", "linked.png"));
    const data = await openDataSet(folder, imagenet);
    expect(labelsOf(data)).toEqual([
      ["7/deeper/one.png", 7],
      ["Hen/one.png", 8],
      ["hermit_crab/linked.png", 125],
      ["n02165105/a.JPEG", 300],
      ["n02165105/b.JPEG", 300],
    ]);
    expect(data.notes).toEqual(['Left out because the network does not know the class: 1 picture ("else").']);
    expect(data.items[1]?.path).toBe(join(folder, "Hen/one.png"));
    expect(data.items[1]?.region).toEqual({ kind: "none" });
  });

  test("wnids hold without names, with a background class, and for labels in another order", async () => {
    const folder = await folderWith({ "n01440764/a.png": png, "n15075141/a.png": png });
    const found = async (labels: readonly string[] | undefined, classes: number, wnids?: string[]) =>
      (await openDataSet(folder, { labels, classes, wnids })).items.map(({ label }) => label);
    expect(await found(undefined, 1000)).toEqual([0, 999]);
    expect(await found(["background", ...imagenetLabels], 1001)).toEqual([1, 1000]);
    expect(await found(undefined, 1001)).toEqual([1, 1000]);
    expect(await found(imagenetLabels.toReversed(), 1000)).toEqual([999, 0]);
    expect(await found(["toilet tissue", "tench", "ruler"], 3)).toEqual([1, 0]);
    expect(await found(["a", "b"], 2, ["n15075141", "n01440764"])).toEqual([1, 0]);
  });

  test("a synset file beside the data names other wnids", async () => {
    const folder = await folderWith({
      "LOC_synset_mapping.txt": "n02121808 domestic cat, cat, house cat\nn02084071 dog, domestic dog\n",
      "train/n02121808/a.png": png,
      "train/n02084071/a.png": png,
    });
    expect(labelsOf(await openDataSet(join(folder, "train"), pets))).toEqual([
      ["n02084071/a.png", 1],
      ["n02121808/a.png", 0],
    ]);
  });

  test("a name that two classes bear means neither", async () => {
    const folder = await folderWith({ "crane/a.png": png, "hen/a.png": png });
    const data = await openDataSet(folder, imagenet);
    expect(labelsOf(data)).toEqual([["hen/a.png", 8]]);
    expect(data.notes[0]).toMatch(/"crane"/);
  });

  test("a network without names takes as many folders as it has classes in their order", async () => {
    const folder = await folderWith({ "ship/a.png": png, "cat/a.png": png, "cat/b.png": png });
    const data = await openDataSet(folder, { labels: undefined, classes: 2 });
    expect(labelsOf(data)).toEqual([
      ["cat/a.png", 0],
      ["cat/b.png", 0],
      ["ship/a.png", 1],
    ]);
    expect(data.notes[0]).toMatch(/2 folders in sorted order/);
  });

  test.each([
    ["beside the picture", "hen/a.xml"],
    ["in a tree within", "Annotations/hen/a.xml"],
    ["in a flat tree within", "Annotations/a.xml"],
    ["in a tree beside", "../Annotations/hen/a.xml"],
    ["in a tree beside, under the folder's name", "../Annotations/val/hen/a.xml"],
  ])("boxes of the class in XML %s", async (_, xml) => {
    const folder = await folderWith({
      "val/hen/a.JPEG": png,
      [join("val", xml)]: boxesXml(
        "The VOC2007 Database",
        [10, 8],
        [
          ["n01514859", 1, 1, 10, 8],
          ["n01440764", 2, 2, 3, 3],
          ["hen", 3, 4, 5, 6],
        ],
      ),
    });
    const data = await openDataSet(join(folder, "val"), imagenet);
    expect(labelsOf(data)).toEqual([["hen/a.JPEG", 8]]);
    expect(regionsOf(data)).toEqual([boxes(box(0, 0, 10, 8), box(2, 3, 5, 6))]);
    expect(data.notes).toEqual([]);
  });

  test("boxes follow a picture that was resized after annotation, and are left out of one that was turned", async () => {
    const folder = await folderWith({
      "hen/a.png": png,
      "hen/a.xml": boxesXml("x", [20, 80], [["hen", 3, 11, 20, 80]]),
      "hen/b.png": png,
      "hen/b.xml": boxesXml("x", [8, 10], [["hen", 1, 1, 2, 2]]),
      "hen/c.png": png,
      "hen/c.xml": boxesXml("x", undefined, [["cock", 1, 1, 2, 2]]),
      "hen/d.png": png,
      "hen/d.xml": "<annotation><object>",
    });
    const data = await openDataSet(folder, imagenet);
    expect(regionsOf(data)).toEqual([
      boxes(box(1, 1, 10, 8)),
      { kind: "none" },
      { kind: "none" },
      { kind: "none" },
    ]);
    expect(data.notes).toHaveLength(3);
    expect(data.notes.join()).toMatch(/before it was rotated: 1 picture/);
    expect(data.notes.join()).toMatch(/without an object of the picture's class: 1 picture/);
    expect(data.notes.join()).toMatch(/cannot be read.*d\.xml: line 1/);
  });
});

describe("pictures whose XML says the class", () => {
  test("ILSVRC, which counts pixels from 0", async () => {
    const folder = await folderWith({
      "ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG": greyPng(500, 300),
      "ILSVRC/Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml": boxesXml(
        "ILSVRC_2012",
        [500, 300],
        [["n01751748", 0, 10, 499, 299]],
      ),
    });
    const wanted = [boxes(box(0, 10, 500, 300))];
    for (const path of ["ILSVRC", "ILSVRC/Data/CLS-LOC/val"]) {
      const data = await openDataSet(join(folder, path), imagenet);
      expect(labelsOf(data)).toEqual([["ILSVRC2012_val_00000001.JPEG", 65]]);
      expect(regionsOf(data)).toEqual(wanted);
    }
  });

  test("VOC: the class with the largest boxes in sum, all of them", async () => {
    const folder = await folderWith({
      "JPEGImages/1.png": png,
      "Annotations/1.xml": boxesXml(
        "VOC",
        [10, 8],
        [
          ["dog", 1, 1, 4, 4],
          ["cat", 5, 1, 10, 3],
          ["dog", 1, 5, 4, 8],
        ],
      ),
      "JPEGImages/2.png": png,
      "Annotations/2.xml": boxesXml("VOC", [10, 8], [["horse", 1, 1, 10, 8]]),
      "JPEGImages/3.png": png,
    });
    const data = await openDataSet(folder, pets);
    expect(labelsOf(data)).toEqual([["1.png", 1]]);
    expect(regionsOf(data)).toEqual([boxes(box(0, 0, 4, 4), box(0, 4, 4, 8))]);
    expect(data.notes).toEqual([
      'Left out because the network does not know the class: 1 picture ("horse").',
      "Left out because neither a folder nor XML names the class: 1 picture.",
    ]);
  });
});
