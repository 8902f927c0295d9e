/** The maps of the shipped detector's boxes lie on the objects that they were found for. */
import { shippedDetector } from "@onnx-lrp/models";
import { expect, test } from "vitest";
import { measureBoxes, shareAbove } from "./box-measures.ts";

test.each([
  ["lrp", {}],
  ["sglrp, its classes as rivals", { rivals: true }],
] as const)(
  "by %s at least 60 %% of the positive relevance of nine right detections in ten is inside the object's mask",
  async (_, options) => {
    const scenes = Array.from({ length: 30 }, (__, i) => i);
    const measures = await measureBoxes(shippedDetector, scenes, options);
    // One to three objects each, nearly all of which are found.
    expect(measures.length).toBeGreaterThan(55);
    expect(shareAbove(measures, 0.6)).toBeGreaterThanOrEqual(0.9);
    const pointing = measures.filter(({ points }) => points).length / measures.length;
    expect(pointing).toBeGreaterThanOrEqual(0.9);
  },
  60_000,
);
