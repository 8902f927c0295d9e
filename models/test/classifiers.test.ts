import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import {
  classNames,
  datasetScene,
  demoPictures,
  networkInput,
  renderScene,
  type Scene,
  type ShippedClassifier,
  shippedClassifiers,
} from "../src/index.ts";

const heldOut = Array.from({ length: 96 }, (_, i) => datasetScene({ seed: 11, objects: 1 }, i));

describe.each(shippedClassifiers)("$name.onnx", (network) => {
  const card = readFileSync(network.card, "utf8");

  test("is the file of its card", () => {
    const sha256 = createHash("sha256").update(readFileSync(network.file)).digest("hex");
    expect(card).toContain(sha256);
    expect(card).toContain(`| ${network.accuracy.toFixed(4)} on 2000 `);
    expect(card).toContain(`opset ${network.opset}`);
    expect(statSync(network.file).size).toBeLessThan(2_000_000);
  });

  test("names at least 95 % of 96 scenes that it has not seen", async () => {
    const scores = await scoresOf(network, heldOut);
    const hits = heldOut.filter((scene, i) => ranking(scores[i] ?? [])[0] === scene.objects[0]?.classIndex);
    expect(hits.length / heldOut.length).toBeGreaterThanOrEqual(0.95);
  });

  test("ranks the objects of every demo picture first", async () => {
    const scenes = demoPictures.map(({ scene }) => renderScene(scene));
    const scores = await scoresOf(network, scenes);
    for (const [i, { objects }] of scenes.entries()) {
      const top = ranking(scores[i] ?? []).slice(0, objects.length);
      const wanted = objects.map((object) => object.classIndex);
      expect(top.toSorted(), demoPictures[i]?.name).toEqual(wanted.toSorted());
    }
  });
});

async function scoresOf(
  network: ShippedClassifier,
  scenes: readonly Scene[],
): Promise<readonly (readonly number[])[]> {
  const session = await InferenceSession.create(readFileSync(network.file), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const shape = network.layout === "NHWC" ? [128, 128, 3] : [3, 128, 128];
  const image = new Tensor("float32", networkInput(scenes, network.layout), [scenes.length, ...shape]);
  const { scores } = await session.run({ image });
  const flat = Array.from(scores?.data as Float32Array);
  await session.release();
  const width = classNames.length;
  return scenes.map((_, i) => flat.slice(i * width, (i + 1) * width));
}

/** Class indices from the highest score to the lowest. */
function ranking(scores: readonly number[]): readonly number[] {
  return [...scores.keys()].toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}
