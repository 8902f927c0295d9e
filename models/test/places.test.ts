/** The networks that answer for places of a scene. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import {
  classMap,
  classNames,
  type Detection,
  demoPictures,
  detectionsOf,
  heldOutScene,
  networkInput,
  renderScene,
  rightDetections,
  type Scene,
  type ShippedNetwork,
  shippedDetector,
  shippedSegmenter,
} from "../src/index.ts";

const heldOut = Array.from({ length: 36 }, (_, index) => heldOutScene(index));

describe.each([
  [shippedDetector, `| Held-out AP50 | ${shippedDetector.ap50.toFixed(4)} on 3000 `],
  [shippedSegmenter, `| Held-out mIoU | ${shippedSegmenter.meanIou.toFixed(4)}, `],
] as const)("$0.name.onnx", (network, measured) => {
  test("is the file of its card, and small", () => {
    const card = readFileSync(network.card, "utf8");
    const sha256 = createHash("sha256").update(readFileSync(network.file)).digest("hex");
    expect(card).toContain(sha256);
    expect(card.replace(/ +/g, " ")).toContain(measured);
    expect(card).toContain(`opset ${network.opset}`);
    expect(statSync(network.file).size).toBeLessThanOrEqual(2 ** 20);
  });
});

describe("the detector", () => {
  const detections = detectionsIn(heldOut);

  test("finds at least 90 % of the objects of 36 scenes that it has not seen", async () => {
    const found = (await detections).flatMap((boxes, i) => rightDetections(heldOut[i] as Scene, boxes));
    const objects = heldOut.flatMap((scene) => scene.objects);
    expect(found.length / objects.length).toBeGreaterThanOrEqual(0.9);
  });

  test("finds little else there", async () => {
    const boxes = await detections;
    const right = boxes.flatMap((found, i) => rightDetections(heldOut[i] as Scene, found));
    expect(right.length / boxes.flat().length).toBeGreaterThanOrEqual(0.9);
  });

  test("finds the objects of every demo picture, and nothing else", async () => {
    const scenes = demoPictures.map(({ scene }) => renderScene(scene));
    const found = await detectionsIn(scenes);
    for (const [i, scene] of scenes.entries()) {
      const boxes = found[i] ?? [];
      expect(rightDetections(scene, boxes), demoPictures[i]?.name).toHaveLength(scene.objects.length);
      expect(boxes, demoPictures[i]?.name).toHaveLength(scene.objects.length);
    }
  });
});

describe("the segmenter", () => {
  test("marks objects of 36 scenes that it has not seen with a mean overlap of at least 85 %", async () => {
    const found = await classMapsIn(heldOut);
    const overlaps = [...classNames, "background"].flatMap((_, index) => overlapOf(index, found, heldOut));
    const mean = overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length;
    expect(mean).toBeGreaterThanOrEqual(0.85);
  });
});

async function detectionsIn(scenes: readonly Scene[]): Promise<Detection[][]> {
  const output = await outputOf(shippedDetector, "output0", scenes);
  const width = output.length / scenes.length;
  return scenes.map((_, i) => detectionsOf(output.subarray(i * width, (i + 1) * width), classNames.length));
}

/** The class with the highest logit at each pixel. */
async function classMapsIn(scenes: readonly Scene[]): Promise<Uint8Array[]> {
  const logits = await outputOf(shippedSegmenter, "logits", scenes);
  const area = 128 * 128;
  const classes = 1 + classNames.length;
  return scenes.map((_, n) =>
    Uint8Array.from({ length: area }, (_, pixel) => {
      const at = (index: number) => logits[(n * classes + index) * area + pixel] ?? Number.NaN;
      let best = 0;
      for (let index = 1; index < classes; index++) if (at(index) > at(best)) best = index;
      return best;
    }),
  );
}

/** Intersection over union of a class over all scenes; nothing if it is nowhere. */
function overlapOf(index: number, found: readonly Uint8Array[], scenes: readonly Scene[]): number[] {
  let [both, either] = [0, 0];
  for (const [n, scene] of scenes.entries()) {
    for (const [pixel, wanted] of classMap(scene).entries()) {
      const [is, was] = [wanted === index, found[n]?.[pixel] === index];
      if (is && was) both++;
      if (is || was) either++;
    }
  }
  return either === 0 ? [] : [both / either];
}

async function outputOf(
  network: ShippedNetwork,
  name: string,
  scenes: readonly Scene[],
): Promise<Float32Array> {
  const session = await InferenceSession.create(readFileSync(network.file), { intraOpNumThreads: 1 });
  try {
    const image = new Tensor("float32", networkInput(scenes, "NCHW"), [scenes.length, 3, 128, 128]);
    const { [name]: output } = await session.run({ image });
    return output?.data as Float32Array;
  } finally {
    await session.release();
  }
}
