/** Each format of a data set, and what is said of wrong ones. */
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { loadLabels } from "@onnx-lrp/node";
import { imagenetLabels } from "@onnx-lrp/pictures";
import { describe, expect, test } from "vitest";
import { openDataSet } from "../src/data/open.ts";
import { sampleItems } from "../src/data/sample.ts";
import type { DataSet } from "../src/types.ts";
import { boxesXml, folderWith, greyPng, sharedPath, testWithShared } from "./data-files.ts";

const imagenet = { labels: imagenetLabels, classes: 1000 };
const pets = { labels: ["cat", "dog, hound", "tree frog"], classes: 3 };
const png = greyPng(10, 8);

const labelsOf = ({ items }: DataSet) => items.map(({ id, label }): [string, number] => [id, label]);
const regionsOf = ({ items }: DataSet) => items.map(({ region }) => region);
const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });
const boxes = (...list: ReturnType<typeof box>[]) => ({ kind: "boxes", boxes: list });

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
    expect(data.notes).toEqual(['Left out, since the network does not know the class: 1 picture ("else").']);
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
    expect(data.notes.join()).toMatch(/before it was turned: 1 picture/);
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
      'Left out, since the network does not know the class: 1 picture ("horse").',
      "Left out, since neither a folder nor XML names the class: 1 picture.",
    ]);
  });
});

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
      'Left out, since the network does not know the class: 1 picture ("bottle").',
      "Left out, since no object is marked: 1 picture.",
    ]);
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
      `In "${join(folder, "a.json")}": "annotations[0].bbox" must be four numbers: x, y, width, height (give COCO's instances).`,
    );
    await expect(opened("b.json")).rejects.toThrow(
      /pictures of ".*b\.json" are not there \(the first is "1\.png"\); looked in .*images/,
    );
    await expect(opened("c.json")).rejects.toThrow(/The JSON of the data set ".*c\.json" cannot be read/);
  });
});

describe("CSV", () => {
  test("several rows are several boxes, a second class is a second item", async () => {
    const folder = await folderWith({
      "labels.csv":
        "\uFEFFFile;Class;XMin;YMin;XMax;YMax;mask\r\n" +
        "images/1.png;hound;1;2;3;4.5;\r\nimages/1.png;1;0;0;1;1;\r\n\r\n" +
        "images/1.png;cat;;;;;m.png\r\nimages/2.png;bird;1;1;2;2;\r\nimages/2.png;bird;3;3;4;4;\r\nimages/3.png;Tree_Frog;;;;;\r\n",
      "images/1.png": png,
    });
    const data = await openDataSet(folder, pets);
    expect(labelsOf(data)).toEqual([
      ["images/1.png#1", 1],
      ["images/1.png#0", 0],
      ["images/3.png", 2],
    ]);
    expect(regionsOf(data)).toEqual([
      boxes(box(1, 2, 3, 4.5), box(0, 0, 1, 1)),
      { kind: "mask-file", path: join(folder, "m.png") },
      { kind: "none" },
    ]);
    expect(data.notes).toEqual(['Left out, since the network does not know the class: 1 picture ("bird").']);
  });

  test("x1 is the left edge beside x2, and the right one beside x0", async () => {
    const folder = await folderWith({
      "a.csv": "image,label,x1,y1,x2,y2\n1.png,0,1,2,3,4\n",
      "b.csv": "image,label,x0,y0,x1,y1\n1.png,0,1,2,3,4\n",
      "1.png": png,
    });
    for (const name of ["a.csv", "b.csv"]) {
      expect(regionsOf(await openDataSet(join(folder, name), pets))).toEqual([boxes(box(1, 2, 3, 4))]);
    }
    await expect(openDataSet(folder, pets)).rejects.toThrow(/several lists \(.*a\.csv.*b\.csv.*give the one/);
  });

  test.each([
    [
      "name,label\n1.png,0\n",
      /header of .* \(name, label\) has no column for the picture; name one of them image/,
    ],
    ["image,what\n1.png,0\n", /no column for the label/],
    ["image,label\n1.png,\n", /row 1 has nothing under "label"/],
    ["image,label\n1.png,0\n,1\n", /row 2 has nothing under "image"/],
    ["image,label,xmin,ymin,xmax,ymax\n1.png,0,1,2,x,4\n", /row 1 has "x" under "xmax"; write a number/],
    ["image,label,xmin,ymin,xmax,ymax\n1.png,0,1,2,,4\n", /row 1 has "" under "xmax"/],
    [
      "image,label,xmin,ymin,xmax,ymax\n1.png,0,5,2,3,4\n",
      /row 1 has a box that ends before it begins \(5, 2, 3, 4\)/,
    ],
    ["image,label\n1.png,0,3\n", /cannot be read: Invalid Record Length/],
    ["image,label\n", /No picture of ".*" can be used\. It lists none/],
    ["image,label\n1.png,cow\n", /does not know the class: 1 picture \("cow"\)\. Labels may be indices/],
    ["image,label\n1.png,3\n", /does not know the class: 1 picture \("3"\)/],
    ["image,label\nno.png,1\n", /are not there \(the first is "no\.png"\)/],
  ])("%j", async (text, message) => {
    const folder = await folderWith({ "list.csv": text, "1.png": png });
    await expect(openDataSet(join(folder, "list.csv"), pets)).rejects.toThrow(message);
    await expect(openDataSet(join(folder, "list.csv"), pets)).rejects.toMatchObject({ kind: "usage" });
  });
});

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
      "Label and wnid mean different classes of the network, and the wnid was taken: 1 picture.",
    ]);
    expect(labelsOf(await openDataSet(path, pets))).toEqual([["1.png", 0]]);
    expect((await openDataSet(path, imagenet)).notes).toEqual([]);
  });

  test.each([
    [[{ label: 1 }], 'entry 1: "file" must be the picture\'s path.'],
    [
      [{ file: "1.png", label: 1 }, { file: "1.png" }],
      'entry 2 ("1.png"): "label" must be there, or a wnid.',
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
    [{ file: "1.png" }, "is no JSON array"],
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

describe("what is no data set", () => {
  test("missing, of another kind, empty", async () => {
    const folder = await folderWith({ "a.txt": "", "empty/.keep": "", "flat/1.png": png, "x/y/1.png": png });
    await expect(openDataSet(join(folder, "no"), pets)).rejects.toThrow(/There is no data set ".*no"; check/);
    await expect(openDataSet(join(folder, "a.txt"), pets)).rejects.toThrow(
      /a file of no known kind; give a folder/,
    );
    await expect(openDataSet(join(folder, "empty"), pets)).rejects.toThrow(/holds no pictures .* looked for/);
    await expect(openDataSet(join(folder, "flat"), pets)).rejects.toThrow(
      /neither a folder nor XML names the class: 1 picture/,
    );
    await expect(openDataSet(join(folder, "x"), pets)).rejects.toThrow(
      /does not know the class: 1 picture \("y"\)/,
    );
    await expect(openDataSet(join(folder, "flat"), { ...pets, kind: "csv" })).rejects.toThrow(
      /no list of the kind "csv" in the folder .*; looked for scenes\.json/,
    );
    await expect(openDataSet(join(folder, "flat"), { ...pets, classes: 4 })).rejects.toThrow(
      "There are 3 class names, and the network has 4 classes",
    );
  });

  test("the kind that is asked for goes before what lies there", async () => {
    const folder = await folderWith({
      "cat/1.png": png,
      "labels.csv": "image,label\ncat/1.png,dog\n",
      "list.json": JSON.stringify([{ file: "cat/1.png", label: 2 }]),
    });
    const label = async (kind?: "folders" | "csv" | "json") =>
      (await openDataSet(folder, { ...pets, kind })).items[0]?.label;
    expect(await label("folders")).toBe(0);
    expect(await label("csv")).toBe(1);
    expect(await label("json")).toBe(2);
    expect(await label()).toBe(1);
  });
});

describe("samples", () => {
  const data = {
    items: Array.from({ length: 100 }, (_, i) => ({
      id: `${i}`,
      path: `/${i}`,
      label: i,
      region: { kind: "none" } as const,
    })),
  };
  const labels = (limit?: number, seed?: number) =>
    sampleItems(data, { limit, seed }).map(({ label }) => label);

  test("are repeatable, in order, without doubles, and part of larger ones", () => {
    const sample = labels(20, 1);
    expect(labels(20, 1)).toEqual(sample);
    expect(labels(20, 2)).not.toEqual(sample);
    expect(new Set(sample).size).toBe(20);
    expect(sample.toSorted((a, b) => a - b)).toEqual(sample);
    expect(labels(50, 1)).toEqual(expect.arrayContaining(sample));
  });

  test("every item has the same chance", () => {
    const drawn = new Array<number>(100).fill(0);
    for (let seed = 0; seed < 1000; seed++)
      for (const label of labels(30, seed)) drawn[label] = (drawn[label] ?? 0) + 1;
    // Of mean 300 and standard deviation 14.5.
    expect(Math.min(...drawn)).toBeGreaterThan(235);
    expect(Math.max(...drawn)).toBeLessThan(365);
  });

  test("without a seed are the first, and without a limit all", () => {
    expect(labels(3)).toEqual([0, 1, 2]);
    expect(labels(undefined, 5)).toHaveLength(100);
    expect(labels(1000, 5)).toHaveLength(100);
    expect(labels(0, 5)).toEqual([]);
  });
});
