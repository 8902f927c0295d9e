/**
 * Writes a set of scenes for training:
 *
 *     node models/dist/train/write-dataset.js --count 30000 --seed 1 --objects 1 --out FOLDER
 *
 * FOLDER/pictures.npy holds bytes [count, 128, 128, 3], FOLDER/labels.npy bytes [count, objects], FOLDER/classes.npy bytes
 * [count, 128, 128]: 0 where a pixel shows no object, else 1 + the class of the object.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { npyHeader } from "../files/npy.ts";
import { datasetScene } from "../scenes/dataset.ts";
import { classMap } from "../scenes/scene.ts";

const side = 128;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    objects: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const { out } = values;
if (out === undefined) throw new Error("--out FOLDER is missing");
const objects = objectCount(values.objects);
writeDataset(out, Number(values.count), Number(values.seed), objects);

function writeDataset(folder: string, count: number, seed: number, objects: 1 | 2 | 3): void {
  mkdirSync(folder, { recursive: true });
  const pictures = openSync(join(folder, "pictures.npy"), "w");
  const labels = openSync(join(folder, "labels.npy"), "w");
  const classes = openSync(join(folder, "classes.npy"), "w");
  writeSync(pictures, npyHeader([count, side, side, 3]));
  writeSync(labels, npyHeader([count, objects]));
  writeSync(classes, npyHeader([count, side, side]));
  for (let index = 0; index < count; index++) {
    const scene = datasetScene({ seed, objects, size: side }, index);
    writeSync(pictures, scene.rgb);
    writeSync(
      labels,
      Uint8Array.from(scene.objects, (object) => object.classIndex),
    );
    writeSync(classes, classMap(scene));
  }
  closeSync(pictures);
  closeSync(labels);
  closeSync(classes);
}

function objectCount(text: string): 1 | 2 | 3 {
  if (text === "1") return 1;
  if (text === "2") return 2;
  if (text === "3") return 3;
  throw new Error(`--objects must be 1, 2 or 3, not ${text}`);
}
