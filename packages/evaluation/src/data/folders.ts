/**
 * Pictures in one folder per class, as in ImageNet, or with VOC or ILSVRC XML; array files in one folder per class where there
 * are no pictures.
 *
 * The class is that of the outermost folder whose name is an index, wnid or name of one; if no folder names a class, as in
 * ILSVRC's `val` and VOC's `JPEGImages`, it is that of the XML's objects with the largest total area of boxes. The region is
 * the boxes of that class's objects, including truncated and difficult ones.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isPictureFile } from "@onnx-lrp/node";
import { pictureSize } from "@onnx-lrp/node/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { isArrayFile } from "@onnx-lrp/pictures/internal";
import type { Box, DataSet, Region } from "../types.ts";
import { findAnnotationTrees } from "./annotation-trees.ts";
import { type Annotation, parseAnnotation } from "./annotation-xml.ts";
import { type Classes, type ClassReader, createClassReader } from "./class-reader.ts";
import { mapConcurrently, readText, walk } from "./files.ts";
import { boxesRegion, createTally, dataSetOf, type Entry, nameOf, unknownClass } from "./listing.ts";
import { readSynsetsNear } from "./synsets.ts";

/** Files open at once. */
const width = 32;

/** @throws UserError "usage" if there is no picture whose class the network knows */
export async function openFolders(folder: string, classes: Classes): Promise<DataSet> {
  const root = pictureFolder(folder);
  const pictures = (await walk(root, isPictureFile)).filter((file) => !file.startsWith("Annotations/"));
  const files = pictures.length > 0 ? pictures : await walk(root, isArrayFile);
  if (files.length === 0) {
    throw new UserError(
      "usage",
      `The folder "${root}" contains no pictures (JPEG, PNG, WebP, GIF, TIFF, BMP) and no array files (.npy, .npz): neither <class>/*.JPEG, nor *.JPEG with XML, nor VOC's JPEGImages.`,
      { subject: { file: root } },
    );
  }
  const reader = createClassReader(
    classes,
    classes.labels && !classes.wnids ? await readSynsetsNear(root) : undefined,
  );
  const trees = await findAnnotationTrees(root);
  const named = folderClasses(files, reader);
  const found = await mapConcurrently(files, width, async (file): Promise<Found> => {
    const reasons: Reason[] = [];
    const xml = trees.find(file);
    const annotation = xml === undefined ? undefined : await readAnnotation(xml, reasons);
    const label = named.classOf(file) ?? largestClass(annotation, reader);
    if (label === undefined) return { entry: undefined, reasons: [...reasons, whyUnknown(file, annotation)] };
    const path = join(root, file);
    const region = await regionOf(path, label, annotation, reader, reasons);
    return { entry: { file, path, label, region }, reasons };
  });
  // Afterwards, since files are read in any order.
  const tally = createTally();
  found.forEach(({ reasons }, i) => {
    for (const [reason, of] of reasons) tally.add(reason, files[i] ?? "", of);
  });
  const entries = found.map(({ entry }) => entry).filter((entry) => entry !== undefined);
  return dataSetOf(nameOf(folder, false), folder, entries, tally, named.notes);
}

/** Why something is left out, and an example. */
type Reason = readonly [reason: string, of?: string];

interface Found {
  readonly entry: Entry | undefined;
  readonly reasons: readonly Reason[];
}

function pictureFolder(folder: string): string {
  const inside = [join("Data", "CLS-LOC", "val"), "JPEGImages"].map((name) => join(folder, name));
  return inside.find((path) => existsSync(path)) ?? folder;
}

interface FolderClasses {
  classOf(file: string): number | undefined;
  readonly notes: readonly string[];
}

/**
 * A network without names, and as many folders as it has classes: then they are its classes in sorted order, which is how
 * torchvision's ImageFolder numbers them in training.
 */
function folderClasses(files: readonly string[], reader: ClassReader): FolderClasses {
  const known = new Map<string, number | undefined>();
  const classOf = (file: string) => {
    const path = dirname(file);
    if (!known.has(path)) {
      const indices = path.split("/").map((name) => (name === "." ? undefined : reader.find(name)));
      known.set(
        path,
        indices.find((index) => index !== undefined),
      );
    }
    return known.get(path);
  };
  if (reader.labels || files.some((file) => classOf(file) !== undefined)) return { classOf, notes: [] };
  const folders = [...new Set(files.filter((file) => file.includes("/")).map(outermost))];
  if (folders.length !== reader.classes) return { classOf, notes: [] };
  const order = new Map(folders.map((name, index) => [name, index]));
  const note = `The network's classes have no names: the ${folders.length} folders in sorted order are used as classes 0 to ${folders.length - 1}.`;
  return { classOf: (file) => order.get(outermost(file)), notes: [note] };
}

function outermost(file: string): string {
  return file.split("/")[0] ?? "";
}

async function readAnnotation(path: string, reasons: Reason[]): Promise<Annotation | undefined> {
  try {
    return parseAnnotation(await readText("annotation", path, "textFileBytes"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    reasons.push(["Annotations that cannot be read and are ignored", `${basename(path)}: ${reason}`]);
    return undefined;
  }
}

function largestClass(annotation: Annotation | undefined, reader: ClassReader): number | undefined {
  const name = largestName(annotation);
  return name === undefined ? undefined : reader.find(name);
}

function largestName(annotation: Annotation | undefined): string | undefined {
  return largest(annotation?.objects.map(({ name, box }) => [name, areaOf(box)]) ?? []);
}

/** The key with the largest total area; ties go to the first. */
export function largest<K>(areas: readonly (readonly [K, number])[]): K | undefined {
  const sums = new Map<K, number>();
  for (const [key, area] of areas) sums.set(key, (sums.get(key) ?? 0) + area);
  return [...sums].reduce<[K, number] | undefined>(
    (best, entry) => (best === undefined || entry[1] > best[1] ? entry : best),
    undefined,
  )?.[0];
}

function areaOf({ left, top, right, bottom }: Box): number {
  return (right - left) * (bottom - top);
}

function whyUnknown(file: string, annotation: Annotation | undefined): Reason {
  const name = largestName(annotation);
  if (name !== undefined) return [unknownClass, `"${name}"`];
  if (file.includes("/")) return [unknownClass, `"${outermost(file)}"`];
  return ["Left out because neither a folder nor XML names the class"];
}

async function regionOf(
  path: string,
  label: number,
  annotation: Annotation | undefined,
  reader: ClassReader,
  reasons: Reason[],
): Promise<Region> {
  const boxes = annotation?.objects.filter(({ name }) => reader.find(name) === label).map(({ box }) => box);
  if (!annotation || !boxes) return { kind: "none" };
  if (boxes.length === 0) {
    reasons.push(["Annotations without an object of the picture's class"]);
    return { kind: "none" };
  }
  const { size } = annotation;
  // A picture that cannot be read is reported when it is evaluated.
  const picture = size && (await pictureSize(path).catch(() => undefined));
  if (!size || !picture) return boxesRegion(boxes);
  if (size.width !== size.height && size.width === picture.height && size.height === picture.width) {
    reasons.push(["Boxes left out because they were drawn on the picture before it was rotated"]);
    return { kind: "none" };
  }
  const [x, y] = [picture.width / size.width, picture.height / size.height];
  return boxesRegion(
    boxes.map(({ left, top, right, bottom }) => ({
      left: left * x,
      top: top * y,
      right: right * x,
      bottom: bottom * y,
    })),
  );
}

/** Whether a folder's own layout names classes, without reading its subfolders. */
export function looksLikeFolders(folder: string, subfolders: readonly string[], classes: Classes): boolean {
  const reader = createClassReader(classes);
  return pictureFolder(folder) !== folder || subfolders.some((name) => reader.find(name) !== undefined);
}
