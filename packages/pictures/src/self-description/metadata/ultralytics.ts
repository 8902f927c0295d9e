import type { PictureSize } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { labelsByIndex, labelsOfList } from "../../labels/label-table.ts";
import { type Preprocess, preprocessPresets } from "../../preprocessing/preprocess-spec.ts";
import type { Task } from "../description.ts";
import { checkSize } from "../json.ts";
import { type PythonValue, parsePythonLiteral } from "../python-literal.ts";
import type { ModelReader } from "../reader.ts";

const tasks: Readonly<Record<string, Task>> = {
  classify: "classify",
  detect: "detect",
  obb: "detect",
  pose: "detect",
  segment: "segment",
};

/**
 * Ultralytics' exports (YOLO): `task`, `names` and `imgsz` as Python writes them.
 *
 * Pixels are bytes over 255. Classifiers see the centre of the picture (`classify_transforms`: the shorter side resized to the
 * input's, then cropped), the others all of it within grey margins (`LetterBox`).
 */
export const ultralytics: ModelReader = {
  kind: "model",
  name: "Ultralytics",
  read({ metadata }) {
    const { names, task, stride, imgsz } = metadata;
    if (names === undefined || (task === undefined && stride === undefined)) return undefined;
    checkSize('The property "names"', names);
    const labels = labelsOf(parsePythonLiteral(names));
    if (labels === undefined) {
      throw new UserError(
        "model",
        'The property "names" of the model does not name the classes 0, 1, 2 and so on.',
      );
    }
    const known = Object.hasOwn(tasks, task ?? "classify") ? tasks[task ?? "classify"] : undefined;
    return { preprocess: preprocessOf(known), labels, size: sizeOf(imgsz), task: known };
  },
};

function labelsOf(names: PythonValue | undefined): string[] | undefined {
  if (Array.isArray(names)) return labelsOfList(names);
  if (!(names instanceof Map)) return undefined;
  return labelsByIndex([...names].map(([index, name]) => [Number(index), name] as const));
}

function preprocessOf(task: Task | undefined): Preprocess {
  const unit = { ...preprocessPresets.unit, name: "ultralytics" };
  return task === "classify" ? { ...unit, cropRatio: 1 } : { ...unit, fit: "pad", padValue: 114 };
}

function sizeOf(imgsz: string | undefined): PictureSize | undefined {
  const sides = imgsz === undefined ? undefined : parsePythonLiteral(imgsz.slice(0, 100));
  const [height, width = height] = Array.isArray(sides) ? sides : [sides];
  const fits = (value: unknown): value is number =>
    typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 2 ** 14;
  return fits(height) && fits(width) ? { height, width } : undefined;
}
