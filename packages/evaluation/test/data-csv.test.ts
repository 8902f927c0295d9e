/** Data sets that are tables. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDataSet } from "../src/data/open.ts";
import { box, boxes, folderWith, greyPng, labelsOf, pets, regionsOf } from "./data-files.ts";

const png = greyPng(10, 8);

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
    expect(data.notes).toEqual(['Left out because the network does not know the class: 1 picture ("bird").']);
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
    await expect(openDataSet(folder, pets)).rejects.toThrow(
      /several lists \(.*a\.csv.*b\.csv.*Give one of these/,
    );
  });

  test.each([
    [
      "name,label\n1.png,0\n",
      /header of .* \(name, label\) has no column for the picture\. Call one of them image, file/,
    ],
    ["image,what\n1.png,0\n", /no column for the label/],
    ["image,label\n1.png,\n", /row 1 has nothing under "label"/],
    ["image,label\n1.png,0\n,1\n", /row 2 has nothing under "image"/],
    ["image,label,xmin,ymin,xmax,ymax\n1.png,0,1,2,x,4\n", /row 1 has "x" under "xmax"\. Write a number/],
    ["image,label,xmin,ymin,xmax,ymax\n1.png,0,1,2,,4\n", /row 1 has "" under "xmax"/],
    [
      "image,label,xmin,ymin,xmax,ymax\n1.png,0,5,2,3,4\n",
      /row 1 has a box whose end is before its start \(5, 2, 3, 4\)/,
    ],
    ["image,label\n1.png,0,3\n", /cannot be read: Invalid Record Length/],
    ["image,label\n", /No picture of ".*" can be used\. It lists none/],
    ["image,label\n1.png,cow\n", /does not know the class: 1 picture \("cow"\)\. Labels may be indices/],
    ["image,label\n1.png,3\n", /does not know the class: 1 picture \("3"\)/],
    ["image,label\nno.png,1\n", /\(the first is "no\.png"\) were not found/],
  ])("%j", async (text, message) => {
    const folder = await folderWith({ "list.csv": text, "1.png": png });
    await expect(openDataSet(join(folder, "list.csv"), pets)).rejects.toThrow(message);
    await expect(openDataSet(join(folder, "list.csv"), pets)).rejects.toMatchObject({ kind: "usage" });
  });
});
