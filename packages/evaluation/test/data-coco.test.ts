/** Data sets in the format of COCO. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDataSet } from "../src/data/open.ts";
import { box, boxes, folderWith, greyPng, labelsOf, pets, regionsOf } from "./data-files.ts";

const png = greyPng(10, 8);

describe("COCO", () => {
  const coco = {
    images: [
      { id: 1, file_name: "1.png", width: 10, height: 8 },
      { id: 2, file_name: "2.png" },
      { id: 3, file_name: "3.png" },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: 18, bbox: [1, 2, 3.5, 4] },
      { id: 2, image_id: 1, category_id: 17, bbox: [0, 0, 3, 4], segmentation: [[1, 2]] },
      { id: 3, image_id: 1, category_id: 17, bbox: [5, 5, 2, 2], iscrowd: 1 },
      { id: 4, image_id: 2, category_id: 44, bbox: [0, 0, 3, 3] },
      { id: 5, image_id: 3, category_id: 17, bbox: [0, 0, 0, 3] },
    ],
    categories: [
      { id: 44, name: "bottle" },
      { id: 17, name: "cat" },
      { id: 18, name: "Dog" },
    ],
  };
  const pictures = (folder: string) => ({ [`${folder}1.png`]: png, [`${folder}3.png`]: png });

  test.each([
    ["beside the pictures", "list.json", "", "list.json"],
    ["with a folder of pictures", "annotations.json", "images/", ""],
    ["as it is published", "annotations/instances_val2017.json", "val2017/", ""],
  ])("%s", async (_, file, images, given) => {
    const folder = await folderWith({ [file]: JSON.stringify(coco), ...pictures(images) });
    const data = await openDataSet(join(folder, given), pets);
    expect(labelsOf(data)).toEqual([["1.png", 0]]);
    expect(regionsOf(data)).toEqual([boxes(box(0, 0, 3, 4), box(5, 5, 7, 7))]);
    expect(data.items[0]?.path).toBe(join(folder, images, "1.png"));
    expect(data.notes).toEqual([
      'Left out because the network does not know the class: 1 picture ("bottle").',
      "Left out because no object is marked: 1 picture.",
    ]);
  });

  test("for a detector each object is an item, but a crowd", async () => {
    const folder = await folderWith({ "list.json": JSON.stringify(coco), ...pictures("") });
    const data = await openDataSet(folder, { ...pets, objects: "each" });
    expect(labelsOf(data)).toEqual([
      ["1.png#1.0", 1],
      ["1.png#0.1", 0],
    ]);
    expect(regionsOf(data)).toEqual([boxes(box(1, 2, 4.5, 6)), boxes(box(0, 0, 3, 4))]);
  });

  test("a network without names takes the categories in the order of their ids", async () => {
    const folder = await folderWith({ "list.json": JSON.stringify(coco), ...pictures("") });
    const data = await openDataSet(folder, { labels: undefined, classes: 3 });
    expect(labelsOf(data)).toEqual([
      ["1.png", 0],
      ["2.png", 2],
    ]);
  });

  test("wrong files", async () => {
    const folder = await folderWith({
      "a.json": JSON.stringify({ ...coco, annotations: [{ image_id: 1, category_id: 2, caption: "a cat" }] }),
      "b.json": JSON.stringify(coco),
      "c.json": "[1,",
    });
    const opened = (name: string) => openDataSet(join(folder, name), pets);
    await expect(opened("a.json")).rejects.toThrow(
      `In "${join(folder, "a.json")}": "annotations[0].bbox" must be four numbers: x, y, width, height (use COCO's instances).`,
    );
    await expect(opened("b.json")).rejects.toThrow(
      /pictures of ".*b\.json" \(the first is "1\.png"\) were not found in .*images/,
    );
    await expect(opened("c.json")).rejects.toThrow(/The JSON of the data set ".*c\.json" cannot be read/);
  });
});
