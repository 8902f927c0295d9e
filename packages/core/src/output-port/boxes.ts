/** What a detector says of its boxes: plain data on the output port. */

/**
 * - `cxcywh`: centre x, centre y, width, height
 * - `xyxy`: left, top, right, bottom; `yxyx`: top, left, bottom, right
 * - `by-numbers`: `xyxy` where the third and fourth number of every box are no less than the first and second, else `cxcywh`
 */
export type BoxFormat = "cxcywh" | "xyxy" | "yxyx" | "by-numbers";

/** `fraction`: of the picture's width and height. `by-numbers`: fractions where no coordinate is larger than 2, else pixels. */
export type BoxUnit = "pixels" | "fraction" | "by-numbers";

/** Where a detector has its boxes, and how they are written. */
export interface BoxPort {
  /** The kind of detector that has its boxes so: "YOLOv8". */
  readonly layout: string;
  /** The value that holds four numbers for each place of the scores, in the same order of places. */
  readonly value: string;
  /** Whether it is [N, 4, places] rather than [N, places, 4]. */
  readonly coordinatesFirst: boolean;
  readonly format: BoxFormat;
  readonly unit: BoxUnit;
  /** The class that stands for "no object", which is never a box's. */
  readonly background: number | undefined;
}
