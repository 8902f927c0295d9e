/**
 * Writes a data set of scenes with a mask for each object (scenes/write-scenes.ts), for `onnx-lrp evaluate` and others:
 *
 *     node models/dist/train/write-scenes.js FOLDER --count 200 --seed 0 --objects 2
 */
import { parseArgs } from "node:util";
import { writeScenes } from "../scenes/write-scenes.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "200" },
    seed: { type: "string", default: "0" },
    objects: { type: "string", default: "2" },
  },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1) throw new Error("give one FOLDER to write into");
const objects = ([1, 2, 3] as const).find((count) => String(count) === values.objects);
if (objects === undefined) throw new Error(`--objects must be 1, 2 or 3, not ${values.objects}`);
await writeScenes(folder, { count: Number(values.count), seed: Number(values.seed), objects });
