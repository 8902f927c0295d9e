/**
 * COCO's JSON of instances: `images`, `annotations` with `bbox` [x, y, width, height] in pixels, `categories`.
 *
 * COCO has no class for a whole picture. It is the category whose boxes have the largest total area, and the region
 * is that category's boxes, including crowds. For a detector each box is an item of its own,
 * and crowds, which no box of a single object can match, are none.
 */
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Box, DataSet } from "../types.ts";
import { type Classes, createClassReader } from "./class-reader.ts";
import { folderOf, namedWithin, resolverOf } from "./files.ts";
import { largest } from "./folders.ts";
import { boxesRegion, createTally, dataSetOf, type Entry, nameOf, unknownClass } from "./listing.ts";
import { sentenceOf } from "./validation.ts";

const id = z.union([z.number(), z.string()], { error: "must be a number or a text" });
const schema = z.object({
  images: z.array(z.object({ id, file_name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: id,
      category_id: id,
      iscrowd: z.union([z.number(), z.boolean()]).optional(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()], {
        error: "must be four numbers: x, y, width, height (use COCO's instances)",
      }),
    }),
  ),
  categories: z.array(z.object({ id, name: z.string() })),
});

export function looksLikeCoco(json: unknown): boolean {
  return typeof json === "object" && json !== null && "images" in json && "annotations" in json;
}

/** @throws UserError "usage" if the JSON is another, or its pictures are not there */
export async function openCoco(
  path: string,
  json: unknown,
  classes: Classes & { readonly objects?: "largest" | "each" | undefined },
): Promise<DataSet> {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw sentenceOf(path, parsed.error);
  const { images, annotations, categories } = parsed.data;
  const home = dirname(path);
  const split = basename(path, ".json").replace(/^.*_/, "");
  const folder = folderOf(
    images.map(({ file_name }) => file_name),
    [home, dirname(home)].flatMap((at) => [
      at,
      join(at, "images"),
      join(at, split),
      join(at, "images", split),
    ]),
    path,
  );

  const { classOf, notes } = categoryClasses(categories, classes);
  const boxes = new Map<
    string | number,
    { category: string | number; box: Box; area: number; crowd: boolean }[]
  >();
  for (const { image_id, category_id, bbox, iscrowd } of annotations) {
    const [left, top, width, height] = bbox;
    if (width <= 0 || height <= 0) continue;
    const box = { left, top, right: left + width, bottom: top + height };
    const list = boxes.get(image_id) ?? [];
    list.push({ category: category_id, box, area: width * height, crowd: Boolean(iscrowd) });
    boxes.set(image_id, list);
  }
  const names = new Map(categories.map((category) => [category.id, category.name]));
  const place = resolverOf(path, folder, classes);
  const tally = createTally();
  const entries = images.flatMap((image): Entry[] => {
    const there = boxes.get(image.id) ?? [];
    const file = namedWithin(folder, image.file_name);
    if (classes.objects === "each" && there.length > 0) {
      return there.flatMap(({ category, box, crowd }, object) => {
        if (crowd) return [];
        const label = classOf.get(category);
        if (label !== undefined)
          return [{ file, path: place(image.file_name), label, object, region: boxesRegion([box]) }];
        tally.add(unknownClass, image.file_name, `"${names.get(category) ?? category}"`);
        return [];
      });
    }
    const category = largest(there.map((one) => [one.category, one.area]));
    if (category === undefined) {
      tally.add("Left out because no object is marked", image.file_name);
      return [];
    }
    const label = classOf.get(category);
    if (label === undefined) {
      tally.add(unknownClass, image.file_name, `"${names.get(category) ?? category}"`);
      return [];
    }
    const region = boxesRegion(there.filter((one) => one.category === category).map(({ box }) => box));
    return [{ file, path: place(image.file_name), label, region }];
  });
  return dataSetOf(nameOf(path, true), path, entries, tally, notes);
}

/** By name; for a network without names and with as many classes as there are categories, in the order of their ids. */
function categoryClasses(
  categories: readonly { readonly id: string | number; readonly name: string }[],
  classes: Classes,
): { classOf: Map<string | number, number | undefined>; notes: string[] } {
  const reader = createClassReader(classes);
  const byName = categories.map(({ id, name }) => [id, reader.find(name)] as const);
  const named = classes.labels !== undefined || byName.some(([, index]) => index !== undefined);
  if (named || categories.length !== classes.classes) return { classOf: new Map(byName), notes: [] };
  const ids = categories.map(({ id }) => id).sort((a, b) => Number(a) - Number(b));
  return {
    classOf: new Map(ids.map((id, index) => [id, index])),
    notes: [
      `The network's classes have no names: COCO's ${ids.length} categories in the order of their ids are used as classes 0 to ${ids.length - 1}.`,
    ],
  };
}
