import { classNames } from "../classes.ts";
import type { Scene, SceneObject } from "./scene.ts";

/** What COCO says of one picture; masks are not kept. */
export interface CocoImage {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly CocoObject[];
}

/** An object as an annotation of COCO has it. */
interface CocoObject {
  /** 1 + the class: COCO counts categories from 1. */
  readonly category_id: number;
  /** Left, top, width, height of the visible part in pixels. */
  readonly bbox: readonly [number, number, number, number];
  /** Visible pixels. */
  readonly area: number;
  readonly iscrowd: 0;
  /** Lengths of runs outside and inside in turn, down the columns. */
  readonly segmentation: { readonly size: readonly [number, number]; readonly counts: readonly number[] };
}

/** What the objects of a scene are in COCO's instances (https://cocodataset.org/#format-data). */
export function cocoImage(file: string, { width, height, objects }: Scene): CocoImage {
  return { file, width, height, objects: objects.map((object) => cocoObject(object, width, height)) };
}

function cocoObject({ classIndex, box, mask }: SceneObject, width: number, height: number): CocoObject {
  const [left, top, right, bottom] = box;
  return {
    category_id: 1 + classIndex,
    bbox: [left, top, right - left, bottom - top],
    area: mask.reduce((sum, inside) => sum + inside, 0),
    iscrowd: 0,
    segmentation: { size: [height, width], counts: runsOf(mask, width, height) },
  };
}

function runsOf(mask: Uint8Array, width: number, height: number): number[] {
  const counts: number[] = [];
  let current = 0;
  let length = 0;
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < height; row++) {
      const inside = mask[row * width + column] ?? 0;
      if (inside !== current) {
        counts.push(length);
        current = inside;
        length = 0;
      }
      length++;
    }
  }
  return [...counts, length];
}

/** The document: pictures and annotations are numbered from 1. */
export function cocoInstances(pictures: readonly CocoImage[]): object {
  const images = pictures.map(({ file, width, height }, i) => ({
    id: i + 1,
    file_name: file,
    width,
    height,
  }));
  const objects = pictures.flatMap((picture, i) =>
    picture.objects.map((one) => ({ image_id: i + 1, ...one })),
  );
  return {
    images,
    annotations: objects.map((one, i) => ({ id: i + 1, ...one })),
    categories: classNames.map((name, i) => ({ id: i + 1, name })),
  };
}
