import type { ShapeName, TextureName } from "../classes.ts";

/** Which scene to render. */
export interface SceneRequest {
  /** Any integer of at most 30 bits; the scene is a pure function of the request. */
  readonly seed: number;
  /** How many objects of different classes are in the scene. */
  readonly objects: 1 | 2 | 3;
  /** Width and height in pixels, 128 unless told. The same scene at another size only has other pixels. */
  readonly size?: number;
}

/** A rendered scene and what is in it. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** height * width * 3 bytes, rows first, red green blue. */
  readonly rgb: Uint8Array;
  /** From the lowest to the topmost. */
  readonly objects: readonly SceneObject[];
}

/** One object of a scene: the ground truth for an explanation of its class. */
export interface SceneObject {
  /** 0..15, the row of the networks' scores. */
  readonly classIndex: number;
  /** For example "striped star". */
  readonly className: string;
  readonly shape: ShapeName;
  readonly texture: TextureName;
  /** The tightest box around the visible pixels: left, top, right, bottom in pixels; right and bottom excluded. */
  readonly box: readonly [number, number, number, number];
  /** height * width, 1 where the pixel shows this object, else 0. */
  readonly mask: Uint8Array;
}

/** The classes in a scene in their drawing order, e.g. ["striped star", "dotted disc"]. */
export function classesIn(scene: Scene): readonly string[] {
  return scene.objects.map((object) => object.className);
}

/** height * width, what a segmenter should say: 0 where a pixel shows no object, else 1 + the class of the object. */
export function classMap({ width, height, objects }: Scene): Uint8Array {
  const classes = new Uint8Array(width * height);
  for (const { mask, classIndex } of objects) {
    for (const [pixel, inside] of mask.entries()) if (inside === 1) classes[pixel] = 1 + classIndex;
  }
  return classes;
}
