import { expect, test } from "vitest";
import { type Detection, detectionsOf, heldOutScene, rightDetections } from "../src/index.ts";

/** An output of two classes from one list for each cell: centre x, centre y, width, height, scores. */
function output(...cells: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from({ length: 6 * cells.length }, (_, i) => {
    return cells[i % cells.length]?.[Math.floor(i / cells.length)] ?? 0;
  });
}

test("boxes come best first, as left, top, right, bottom", () => {
  const found = detectionsOf(output([10, 20, 4, 8, 0, 0.75], [50, 60, 10, 10, 0.875, 0.25]), 2);
  expect(found).toEqual([
    { classIndex: 0, score: 0.875, box: [45, 55, 55, 65], cell: 1 },
    { classIndex: 1, score: 0.75, box: [8, 16, 12, 24], cell: 0 },
  ]);
});

test("of doubles of one class the best remains; another class at the same place stays", () => {
  const twice = output([10, 10, 8, 8, 0.625, 0.5625], [11, 10, 8, 8, 0.75, 0], [18, 10, 8, 8, 0.5, 0]);
  const cellsOf = (detections: readonly Detection[]) =>
    detections.map(({ cell, classIndex }) => [cell, classIndex]);
  expect(cellsOf(detectionsOf(twice, 2))).toEqual([
    [1, 0],
    [0, 1],
    [2, 0],
  ]);
  expect(cellsOf(detectionsOf(twice, 2, { mostOverlap: 0.9, leastScore: 0.6 }))).toEqual([
    [1, 0],
    [0, 0],
  ]);
});

test("a detection is right by its class and an overlap of a half", () => {
  const scene = heldOutScene(1);
  const [first, second] = scene.objects;
  if (first === undefined || second === undefined) throw new Error("the scene has two objects");
  const { classIndex, box } = first;
  const [left, top, right, bottom] = box;
  const found = { classIndex, score: 0.5, box, cell: 0 };
  const half: Detection["box"] = [left, top, left + 0.45 * (right - left), bottom];
  const wrong = [
    { ...found, classIndex: second.classIndex },
    { ...found, box: half },
  ];
  expect(rightDetections(scene, wrong)).toEqual([]);
  expect(rightDetections(scene, [...wrong, found])).toEqual([{ object: first, detection: found }]);
});

test("held-out scenes have one, two and three objects in turn", () => {
  expect([0, 1, 2, 3].map((index) => heldOutScene(index).objects.length)).toEqual([1, 2, 3, 1]);
});
