/**
 * A list of pictures in JSON:
 *
 *     [{"file": "images/a.png", "label": 300, "wnid": "n02165105", "boxes": [[37.5, 52, 190, 202.3]], "mask": "masks/a.png"}, …]
 *
 * `file` and `mask` are relative to the list's folder. `label` is an index, a name or a wnid; a separate `wnid` takes
 * precedence if the network's classes have wnids, since the order of another network's classes may differ, and so does a
 * separate `name` where the network has a class of that name. A box is left,
 * top, right, bottom in pixels of the picture (of an array file, .npy or .npz, in the network's own), the far edges exclusive, fractions allowed. A mask is a grey picture of the
 * same size, not black where the object is; it takes precedence over boxes. Other fields are ignored. A picture with several
 * entries and labels gives an item for each.
 *
 * A folder of scenes is such a list by the name scenes.json, in which every entry has a mask.
 */
import { dirname, join } from "node:path";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { z } from "zod";
import type { DataSet, Region } from "../types.ts";
import { type Classes, type ClassReader, createClassReader } from "./class-reader.ts";
import { folderOf, namedWithin, resolverOf } from "./files.ts";
import { boxesRegion, createTally, dataSetOf, type Entry, nameOf, unknownClass } from "./listing.ts";
import { readSynsetsNear } from "./synsets.ts";
import { sentenceOf } from "./validation.ts";

const box = z
  .tuple([z.number(), z.number(), z.number(), z.number()], {
    error: "must be four numbers: left, top, right, bottom",
  })
  .refine(([left, top, right, bottom]) => left < right && top < bottom, {
    error: "must have its right and bottom after its left and top",
  });
const schema = z
  .object({
    file: z.string({ error: "must be the picture's path" }).min(1, "must be the picture's path"),
    label: z
      .union(
        [
          z.int().nonnegative("must be an index, a name or a wnid"),
          z.string().min(1, "must be an index, a name or a wnid"),
        ],
        { error: "must be an index, a name or a wnid" },
      )
      .optional(),
    wnid: z
      .string({ error: "must be a wnid such as n02165105" })
      .regex(/^n\d{8}$/, "must be a wnid such as n02165105")
      .optional(),
    name: z.string({ error: "must be a class's name" }).optional(),
    boxes: z.array(box, { error: "must be a list of boxes" }).optional(),
    mask: z.string({ error: "must be the mask's path" }).min(1, "must be the mask's path").optional(),
  })
  .refine(({ label, wnid }) => label !== undefined || wnid !== undefined, {
    error: "must be given, or a wnid",
    path: ["label"],
  });
type Listed = z.infer<typeof schema>;

const contradiction = "Label and wnid mean different classes of the network, and the wnid was used";

/** @throws UserError "usage" naming the entry and the field that is wrong */
export async function openJsonList(
  path: string,
  json: unknown,
  classes: Classes,
  kind: "json" | "scenes",
): Promise<DataSet> {
  if (!Array.isArray(json)) {
    throw new UserError("usage", `The list "${path}" is not a JSON array.`, {
      subject: { file: path },
      remedies: [textRemedy('write [{"file": …, "label": …}, …]')],
    });
  }
  const listed = json.map((value: unknown, index): Listed => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw sentenceOf(path, parsed.error, `entry ${index + 1}${fileOf(value)}`);
    if (kind === "json" || parsed.data.mask !== undefined) return parsed.data;
    throw new UserError(
      "usage",
      `In "${path}" entry ${index + 1}${fileOf(value)}: "mask" is missing; scenes have one for each object.`,
    );
  });
  const home = dirname(path);
  const synsets = classes.labels && !classes.wnids ? await readSynsetsNear(home) : undefined;
  const reader = createClassReader(classes, synsets);
  const folder = folderOf(
    listed.map(({ file }) => file),
    [home, join(home, "images"), dirname(home)],
    path,
  );
  const place = resolverOf(path, folder, classes);
  const tally = createTally();
  const entries = listed.flatMap((entry): Entry[] => {
    const { label, contradicts } = labelOf(entry, reader);
    if (contradicts) tally.add(contradiction, entry.file);
    if (label === undefined) {
      tally.add(unknownClass, entry.file, `"${entry.wnid ?? entry.label}"`);
      return [];
    }
    const file = namedWithin(folder, entry.file);
    return [{ file, path: place(entry.file), label, region: regionOf(entry, place) }];
  });
  return dataSetOf(nameOf(kind === "scenes" ? home : path, kind !== "scenes"), path, entries, tally);
}

function labelOf(
  { label, wnid, name }: Listed,
  reader: ClassReader,
): { label: number | undefined; contradicts: boolean } {
  const named = name === undefined ? undefined : reader.find(name);
  if (named !== undefined) return { label: named, contradicts: false };
  const stated = label === undefined ? undefined : reader.find(String(label));
  if (wnid === undefined || (!reader.knowsWnids && label !== undefined)) {
    return { label: stated, contradicts: false };
  }
  const found = reader.find(wnid);
  return { label: found, contradicts: found !== undefined && stated !== undefined && stated !== found };
}

function regionOf({ boxes = [], mask }: Listed, place: (file: string) => string): Region {
  if (mask !== undefined) return { kind: "mask-file", path: place(mask) };
  return boxesRegion(boxes.map(([left, top, right, bottom]) => ({ left, top, right, bottom })));
}

function fileOf(value: unknown): string {
  if (typeof value !== "object" || value === null || !("file" in value)) return "";
  return typeof value.file === "string" ? ` ("${value.file}")` : "";
}
