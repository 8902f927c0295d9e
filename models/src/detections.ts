import type { Scene, SceneObject } from "./scenes/scene.ts";

/** Left, top, right, bottom in pixels; right and bottom excluded. */
type Box = SceneObject["box"];

/** A box that the detector found. */
export interface Detection {
  readonly classIndex: number;
  /** 0..1 */
  readonly score: number;
  readonly box: Box;
  /** The cell of the 16 x 16 grid that found it, rows first: the last index of the output. */
  readonly cell: number;
}

export interface DetectionOptions {
  /** Boxes with a lower score are left out; 0.5 unless given. */
  readonly leastScore?: number;
  /** Of two boxes of one class that overlap by more the better one remains; 0.6 unless given. */
  readonly mostOverlap?: number;
}

/**
 * The boxes in a detector's output for one scene, best first.
 *
 * @param output rows of 4 + classes, each with a number for each cell: centre x, centre y, width, height, scores
 */
export function detectionsOf(
  output: Float32Array,
  classes: number,
  { leastScore = 0.5, mostOverlap = 0.6 }: DetectionOptions = {},
): Detection[] {
  const cells = output.length / (4 + classes);
  const at = (row: number, cell: number) => output[row * cells + cell] ?? 0;
  const found: Detection[] = [];
  for (let classIndex = 0; classIndex < classes; classIndex++) {
    for (let cell = 0; cell < cells; cell++) {
      const score = at(4 + classIndex, cell);
      if (score < leastScore) continue;
      const [x, y, halfWidth, halfHeight] = [at(0, cell), at(1, cell), at(2, cell) / 2, at(3, cell) / 2];
      const box: Box = [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
      found.push({ classIndex, score, box, cell });
    }
  }
  const kept: Detection[] = [];
  for (const one of found.toSorted((a, b) => b.score - a.score)) {
    const doubled = kept.some(
      (other) => other.classIndex === one.classIndex && overlap(other.box, one.box) > mostOverlap,
    );
    if (!doubled) kept.push(one);
  }
  return kept;
}

/** The objects of a scene with the best detection of each: of the same class, overlapping by at least a half. */
export function rightDetections(
  scene: Scene,
  detections: readonly Detection[],
): { readonly object: SceneObject; readonly detection: Detection }[] {
  return scene.objects.flatMap((object) => {
    const detection = detections.find(
      ({ classIndex, box }) => classIndex === object.classIndex && overlap(box, object.box) >= 0.5,
    );
    return detection === undefined ? [] : [{ object, detection }];
  });
}

/** Intersection over union. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const both = Math.max(width, 0) * Math.max(height, 0);
  return both / (area(a) + area(b) - both);
}

function area([left, top, right, bottom]: Box): number {
  return (right - left) * (bottom - top);
}
