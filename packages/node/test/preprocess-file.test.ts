import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { preprocess } from "@onnx-lrp/pictures";
import { expect, test } from "vitest";
import { decodeImage } from "../src/image.ts";
import { readNpy } from "../src/npy.ts";
import { resolvePreprocess } from "../src/preprocess-file.ts";
import { sharedPath, temporaryFolder, testWithShared } from "./shared.ts";

testWithShared("pixels are those of PIL and torchvision", async () => {
  const cases = [
    ["sglrp_zebra_elephant1.jpg", "squeezenet-zebra", "imagenet"],
    ["gradcam_ramprs_cat_dog.jpg", "mobilenetv2-cat-dog", "imagenet"],
    ["sglrp_zebra_elephant2.jpg", "tiny-darknet-top1", "unit"],
  ] as const;
  const shape = { width: 224, height: 224, channels: 3, layout: "nchw" } as const;
  for (const [photo, golden, name] of cases) {
    const picture = await decodeImage(sharedPath(`photos/${photo}`));
    const { data } = preprocess(picture, await resolvePreprocess(name), shape);
    const wanted = await readNpy(sharedPath(`goldens/${golden}/input.npy`));
    expect(wanted.shape).toEqual([1, 3, 224, 224]);
    const error = data.reduce((sum, value, i) => sum + Math.abs(value - Number(wanted.data[i])), 0);
    expect(error / data.length, photo).toBeLessThan(0.001);
  }
});

test("preprocessings are found by path, after the presets", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "own.json");
  await writeFile(path, JSON.stringify({ scale: 0.5, mean: [1, 2, 3], std: 4, name: "own" }));
  expect((await resolvePreprocess(path)).name).toBe("own");
  await writeFile(path, "{");
  await expect(resolvePreprocess(path)).rejects.toThrow(/own\.json" the JSON cannot be read/);
  await expect(resolvePreprocess("imagnet")).rejects.toMatchObject({
    kind: "usage",
    message:
      'There is no preprocessing "imagnet". Give one of imagenet, caffe, tf, unit, none, or a JSON file.',
  });
  await expect(resolvePreprocess("toString")).rejects.toThrow(/no preprocessing "toString"/);
});
