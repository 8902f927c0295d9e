import { renderScene } from "./render.ts";
import type { Scene } from "./scene.ts";

/** A numbered set of scenes. Sets of different seeds (0..999) share no scene. */
export interface DatasetRequest {
  readonly seed: number;
  readonly objects: 1 | 2 | 3;
  /** Side of the pictures in pixels, 128 unless told. */
  readonly size?: number;
}

/** The scenes of a set number at most this many. */
const datasetLimit = 250_000;

/** Scene number `index` (0..249999) of the set. */
export function datasetScene(request: DatasetRequest, index: number): Scene {
  if (!Number.isInteger(index) || index < 0 || index >= datasetLimit) {
    throw new RangeError(`scene ${index} is not one of 0..${datasetLimit - 1}`);
  }
  const { seed, ...rest } = request;
  return renderScene({ ...rest, seed: seed * datasetLimit + index });
}
