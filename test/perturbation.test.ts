/** Perturbation methods on a network that ships: they point at what is in the picture. */
import { fileURLToPath } from "node:url";
import { kernelShap, lime, occlusion, type Perturbation, rise, type Scorer } from "@onnx-lrp/core";
import { networkInput, renderScene, shippedClassifiers } from "@onnx-lrp/models";
import { openFileScorer } from "@onnx-lrp/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const methods: readonly (readonly [string, Perturbation])[] = [
  ["occlusion", occlusion({ window: 32, stride: 16 })],
  ["rise", rise({ masks: 150, centred: true })],
  ["lime", lime({ samples: 100, segments: 30 })],
  ["kernel-shap", kernelShap({ samples: 120, segments: 30 })],
];

// A demo picture: two objects, both named by every network.
const scene = renderScene({ seed: 127, objects: 2, size: 128 });

describe.each(["resnet", "densenet"])("%s", (name) => {
  let blackBox: Scorer;
  const network = shippedClassifiers.find((shipped) => shipped.name === name);

  beforeAll(async () => {
    blackBox = await openFileScorer(fileURLToPath(network?.file ?? ""), { batchSize: 16 });
  });
  afterAll(() => blackBox.release());

  test.each(methods)(
    "%s puts more on an object than about it, and more than the other class does",
    async (_, method) => {
      const picture = networkInput([scene], network?.layout ?? "NCHW");
      const [scores] = await blackBox.score([picture]);
      if (scores === undefined) throw new Error("no scores");
      const maps = await method({
        scorer: blackBox,
        picture,
        scores,
        targets: scene.objects.map(({ classIndex }) => classIndex),
        against: [undefined, undefined],
        score: "logit",
        fill: [0, 0, 0],
        seed: 1,
        onProgress: undefined,
      });
      for (const [k, { mask }] of scene.objects.entries()) {
        const [own, other] = [maps[k], maps[1 - k]].map((map) => meanUnder(map, mask));
        expect(own).toBeGreaterThan(
          meanUnder(
            maps[k],
            mask.map((bit) => 1 - bit),
          ),
        );
        expect(own).toBeGreaterThan(0);
        expect(own).toBeGreaterThan(other ?? Number.NaN);
      }
    },
  );
});

function meanUnder(map: Float32Array | undefined, mask: Uint8Array): number {
  let [sum, count] = [0, 0];
  for (const [pixel, bit] of mask.entries()) {
    sum += bit * (map?.[pixel] ?? Number.NaN);
    count += bit;
  }
  return sum / count;
}
