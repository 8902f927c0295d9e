/**
 * Scenes on disk, as a data set that is read like any other:
 *
 *     FOLDER/00000.png      a picture
 *     FOLDER/00000.8.png    a mask of the same size: white where the picture shows the object of class 8, else black
 *     FOLDER/scenes.json    [{"file": "00000.png", "label": 8, "name": "plain star", "mask": "00000.8.png"}, …], an entry for each object
 *     FOLDER/instances.json the same objects with their boxes, as COCO lists instances
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { classNames } from "../classes.ts";
import { encodePng } from "../files/png.ts";
import { type CocoImage, cocoImage, cocoInstances } from "./coco.ts";
import { datasetScene } from "./dataset.ts";

export interface WriteScenesOptions {
  /** How many pictures, 200 unless told; at most 250000. The first ones of a larger data set are those of a smaller one. */
  readonly count?: number | undefined;
  /** 0..99, 0 unless told. Data sets of different seeds share no scene. */
  readonly seed?: number | undefined;
  /** Objects of different classes in each picture, 2 unless told, so that there is something else to be confused with. */
  readonly objects?: 1 | 2 | 3 | undefined;
  /** Side of the pictures in pixels, 128 unless told. */
  readonly size?: number | undefined;
  /** After each picture. */
  readonly onPicture?: ((done: number, count: number) => void) | undefined;
  /** Ends the writing after a picture, by its reason being thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** An object of a picture, as `scenes.json` lists it; paths are relative to the list. */
export interface SceneEntry {
  readonly file: string;
  /** 0..15, the row of the classifiers' scores. */
  readonly label: number;
  /** The class's name, by which networks find it that number classes otherwise. */
  readonly name: string;
  readonly mask: string;
}

/** The set of `datasetScene` that seed 0 stands for: the networks were trained and measured on sets far below it. */
const firstSet = 900;
const sets = 100;
const most = 250_000;

/**
 * Writes scenes that no shipped network was trained on. The same options give the same pixels on every machine. Files of
 * the same names are replaced; the list comes last, so that a folder with one is complete.
 *
 * @returns what the list says
 * @throws RangeError for a seed or count that there is none of
 */
export async function writeScenes(folder: string, options: WriteScenesOptions = {}): Promise<SceneEntry[]> {
  const { count = 200, seed = 0, objects = 2, size = 128, onPicture, signal } = options;
  checkWhole("seed", seed, 0, sets - 1);
  checkWhole("count", count, 1, most);
  await mkdir(folder, { recursive: true });
  const entries: SceneEntry[] = [];
  const images: CocoImage[] = [];
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted();
    const scene = datasetScene({ seed: firstSet + seed, objects, size }, index);
    const { width, height } = scene;
    const name = String(index).padStart(5, "0");
    const file = `${name}.png`;
    await writeFile(join(folder, file), encodePng(scene.rgb, width, height));
    images.push(cocoImage(file, scene));
    // By class, so that the order of the list says nothing about which object lies on top.
    for (const object of scene.objects.toSorted((a, b) => a.classIndex - b.classIndex)) {
      const mask = `${name}.${object.classIndex}.png`;
      const grey = object.mask.map((inside) => 255 * inside);
      await writeFile(join(folder, mask), encodePng(grey, width, height));
      entries.push({ file, label: object.classIndex, name: classNames[object.classIndex] ?? "", mask });
    }
    onPicture?.(index + 1, count);
  }
  await writeFile(join(folder, "instances.json"), `${JSON.stringify(cocoInstances(images))}\n`);
  const lines = entries.map((entry) => JSON.stringify(entry));
  await writeFile(join(folder, "scenes.json"), `[\n${lines.join(",\n")}\n]\n`);
  return entries;
}

function checkWhole(name: string, value: number, least: number, greatest: number): void {
  if (Number.isInteger(value) && value >= least && value <= greatest) return;
  throw new RangeError(`the ${name} must be a whole number from ${least} to ${greatest}, not ${value}`);
}
