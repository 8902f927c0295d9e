import { renderScene } from "./render.ts";
import type { Scene } from "./scene.ts";

/** A numbered set of scenes. Sets of different seeds (0..999) share no scene. */
export interface DatasetRequest {
  readonly seed: number;
  readonly objects: 1 | 2 | 3;
  /** Side of the pictures in pixels, 128 unless told. */
  readonly size?: number;
}

/** Beside the sets for training (1) and for the cards (2, 3). */
const heldOutSet = 11;

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

/**
 * Scene number `index` (0..249999) of those that no network was trained or measured on, with one, two and three objects in
 * turn: its picture, and class, box and mask of each object.
 */
export function heldOutScene(index: number): Scene {
  const objects = ([1, 2, 3] as const)[index % 3] ?? 1;
  return datasetScene({ seed: heldOutSet, objects }, index);
}
