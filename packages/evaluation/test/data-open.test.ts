/** Which kind a data set is, and what is said of one that is none. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDataSet } from "../src/data/open.ts";
import { folderWith, greyPng, pets } from "./data-files.ts";

const png = greyPng(10, 8);

describe("what is no data set", () => {
  test("missing, of another kind, empty", async () => {
    const folder = await folderWith({ "a.txt": "", "empty/.keep": "", "flat/1.png": png, "x/y/1.png": png });
    await expect(openDataSet(join(folder, "no"), pets)).rejects.toThrow(
      /There is no data set ".*no"\. Check/,
    );
    await expect(openDataSet(join(folder, "a.txt"), pets)).rejects.toThrow(
      /a file of an unknown kind\. Give a folder/,
    );
    await expect(openDataSet(join(folder, "empty"), pets)).rejects.toThrow(
      /contains no pictures .*JPEGImages/,
    );
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
      "There are 3 class names, but the network has 4 classes. Give one per class.",
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
