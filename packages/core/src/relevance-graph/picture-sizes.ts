/** Sizes of one picture, as the network takes it. */
import type { InputPort } from "../input-port/input-port.ts";

type Shape = Pick<InputPort, "dims">;

/** Sizes of one picture, in the order of the input's axes. */
export function pictureSizes({ dims }: Shape): number[] {
  return dims.slice(1).map(Number);
}

/** Numbers of one picture. */
export function pictureElements(image: Shape): number {
  return pictureSizes(image).reduce((a, b) => a * b, 1);
}
