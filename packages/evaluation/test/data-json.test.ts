/** Data sets that are lists in JSON, and scenes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadLabels } from "@onnx-lrp/node";
import { imagenetLabels } from "@onnx-lrp/pictures";
import { describe, expect, test } from "vitest";
import { openDataSet } from "../src/data/open.ts";
import {
  box,
  boxes,
  folderWith,
  greyPng,
  imagenet,
  labelsOf,
  pets,
  regionsOf,
  sharedPath,
  testWithShared,
} from "./data-files.ts";

const png = greyPng(10, 8);

describe("a JSON list", () => {
  test("boxes, masks, several classes", async () => {
    const folder = await folderWith({
      "annotations.json": JSON.stringify([
        {
          file: "images/1.png",
          label: 2,
          boxes: [
            [0, 1.5, 2, 3],
            [4, 4, 5, 5],
          ],
          other: true,
        },
        { file: "images/2.png", label: "dog", mask: "masks/2.png", boxes: [[1, 1, 2, 2]] },
        { file: "./images/1.png", label: "cat" },
        { file: "images/3.png", label: "cow" },
      ]),
      "images/1.png": png,
    });
    const data = await openDataSet(folder, pets);
    expect(labelsOf(data)).toEqual([
      ["images/1.png#2", 2],
      ["images/2.png", 1],
      ["images/1.png#0", 0],
    ]);
    expect(regionsOf(data)).toEqual([
      boxes(box(0, 1.5, 2, 3), box(4, 4, 5, 5)),
      { kind: "mask-file", path: join(folder, "masks/2.png") },
      { kind: "none" },
    ]);
  });

  test("the wnid goes before an index where the network has wnids", async () => {
    const folder = await folderWith({
      "list.json": JSON.stringify([{ file: "1.png", label: 0, wnid: "n01440764" }]),
      "1.png": png,
    });
    const path = join(folder, "list.json");
    const reversed = await openDataSet(path, { labels: imagenetLabels.toReversed(), classes: 1000 });
    expect(labelsOf(reversed)).toEqual([["1.png", 999]]);
    expect(reversed.notes).toEqual([
      "Label and wnid mean different classes of the network, and the wnid was used: 1 picture.",
    ]);
    expect(labelsOf(await openDataSet(path, pets))).toEqual([["1.png", 0]]);
    expect((await openDataSet(path, imagenet)).notes).toEqual([]);
  });

  test.each([
    [[{ label: 1 }], 'entry 1: "file" must be the picture\'s path.'],
    [
      [{ file: "1.png", label: 1 }, { file: "1.png" }],
      'entry 2 ("1.png"): "label" must be given, or a wnid.',
    ],
    [[{ file: "1.png", label: -1 }], 'entry 1 ("1.png"): "label" must be an index, a name or a wnid.'],
    [[{ file: "1.png", label: 1, boxes: [[1, 2, 3]] }], '"boxes[0]" must be four numbers'],
    [
      [{ file: "1.png", label: 1, boxes: [[1, 2, 3, "4"]] }],
      '"boxes[0][3]" must be number, received string.',
    ],
    [[{ file: "1.png", label: 1, boxes: [[1, 2, 1, 4]] }], '"boxes[0]" must have its right and bottom after'],
    [[{ file: "1.png", wnid: "cat" }], '"wnid" must be a wnid such as n02165105.'],
    [[7], "entry 1: it must be object"],
    [{ file: "1.png" }, "is not a JSON array. Write [{"],
    [
      [
        { file: "1.png", label: 1, mask: "a" },
        { file: "1.png", label: "dog", mask: "b" },
      ],
      'the picture "1.png" has two masks for the same class',
    ],
  ])("%j", async (json, message) => {
    const folder = await folderWith({ "list.json": JSON.stringify(json), "1.png": png });
    await expect(openDataSet(folder, pets)).rejects.toThrow(message);
    await expect(openDataSet(folder, pets)).rejects.toMatchObject({ kind: "usage" });
  });

  testWithShared("the 400 pictures of ImageNet", async () => {
    const data = await openDataSet(sharedPath("imagenet-val"), imagenet);
    expect(data.items).toHaveLength(400);
    expect(data.notes).toEqual([]);
    expect(data.name).toBe("imagenet-val/annotations.json");
    expect(labelsOf(data).slice(0, 3)).toEqual([
      ["images/ILSVRC2012_val_00000361.JPEG", 300],
      ["images/ILSVRC2012_val_00000580.JPEG", 480],
      ["images/ILSVRC2012_val_00000657.JPEG", 388],
    ]);
    expect(data.items[0]?.region).toEqual(boxes(box(37.68, 52.68, 190.23, 202.28)));
    expect(data.items.every(({ region }) => region.kind === "boxes")).toBe(true);
  });
});

testWithShared(
  "a network of another order finds ImageNet's classes by the names of their wnids",
  async () => {
    const labels = await loadLabels(sharedPath("labels/darknet_imagenet1k_names.txt"));
    const wnids = (await readFile(sharedPath("labels/darknet_imagenet1k_wnids.txt"), "utf8"))
      .trim()
      .split("\n");
    const path = sharedPath("imagenet-val/annotations.json");
    const exact = new Map(labelsOf(await openDataSet(path, { labels, classes: 1000, wnids })));
    expect(exact.size).toBe(400);
    expect(exact.get("images/ILSVRC2012_val_00000361.JPEG")).toBe(wnids.indexOf("n02165105"));
    const named = await openDataSet(path, { labels, classes: 1000 });
    // Crane, maillot and cardigan are names of two classes each.
    expect(named.items).toHaveLength(393);
    expect(named.notes.join()).toMatch(/does not know the class: 7 pictures \(.*"n03126707"/);
    for (const { id, label } of named.items) expect(label, id).toBe(exact.get(id));
  },
);

describe("scenes", () => {
  const scenes = [
    { file: "0.png", label: "cat", mask: "0.cat.png" },
    { file: "0.png", label: "dog", mask: "0.dog.png" },
  ];

  test("an item for each object", async () => {
    const folder = await folderWith({ "scenes.json": JSON.stringify(scenes), "0.png": png });
    const data = await openDataSet(folder, pets);
    expect(data.items).toEqual([
      {
        id: "0.png#0",
        path: join(folder, "0.png"),
        label: 0,
        region: { kind: "mask-file", path: join(folder, "0.cat.png") },
      },
      {
        id: "0.png#1",
        path: join(folder, "0.png"),
        label: 1,
        region: { kind: "mask-file", path: join(folder, "0.dog.png") },
      },
    ]);
  });

  test("need masks", async () => {
    const folder = await folderWith({
      "scenes.json": JSON.stringify([{ file: "0.png", label: 1 }]),
      "0.png": png,
    });
    await expect(openDataSet(folder, pets)).rejects.toThrow('entry 1 ("0.png"): "mask" is missing');
  });
});
