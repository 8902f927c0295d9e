/** The sanity check of a run: its steps, and that it can be cut anywhere. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import type { RandomizationRun } from "../src/internal.ts";
import { runRandomization, stepLayers } from "../src/internal.ts";
import { readRandomization } from "../src/randomization/results.ts";
import { fakeItems, fakeResources } from "./fake-run.mjs";
import { newFolder } from "./folders.ts";

test("steps are spread over the layers, and end with the last", () => {
  const layers = ["a", "b", "c", "d", "e", "f", "g"];
  expect(stepLayers(layers, 3)).toEqual(["b", "e", "g"]);
  expect(stepLayers(layers, 1)).toEqual(["g"]);
  expect(stepLayers(layers, 100)).toEqual(layers);
});

const layers = ["fc", "conv2", "conv1"];
/** Stands for a network: how many layers are drawn anew is all that the fake methods look at. */
const network = (drawn: number) => ({ metadata: { drawn: String(drawn) } }) as unknown as Model;

function fakeCheck(folder: string, own: Partial<RandomizationRun> = {}): RandomizationRun {
  const resources = fakeResources({ corrupt: [1] });
  const [method] = resources.methods;
  return {
    ...{ folder, items: fakeItems(6), pictures: 3, layers: ["fc", "conv1"], methods: ["stays", "goes"] },
    cascade: layers.map((layer, i) => ({ layer, model: network(i + 1) })),
    prepare: resources.prepare,
    async open(name, model) {
      if (method === undefined) throw new Error("There is no fake method.");
      const drawn = Number(model?.metadata.drawn ?? 0);
      return {
        ...{ name, map: method.map, release: async () => {} },
        explain: async (pictures, targets) => {
          const explained = await method.explain(pictures, targets);
          if (name === "stays" || drawn === 0) return explained;
          return explained.map((picture) => ({
            ...picture,
            explanations: picture.explanations.map((one) => ({
              ...one,
              // Back to front after the last layer, and without any relevance before.
              relevance: drawn === 3 ? one.relevance.toReversed() : one.relevance.map(() => 0),
            })),
          }));
        },
      };
    },
    ...own,
  };
}

test("a map that stays as it is has the likeness 1; a constant one has no rank correlation", async () => {
  const folder = newFolder();
  const steps: number[] = [];
  expect(await runRandomization(fakeCheck(folder, { onStep: (done) => steps.push(done) }))).toBe(true);
  expect(steps).toEqual([0, 1, 2]);
  const { pictures = [] } = (await readRandomization(folder)) ?? {};
  // The second picture cannot be read.
  expect(pictures.map(({ index, image }) => [index, image])).toEqual([
    [0, "folder/0.png"],
    [2, "folder/2.png"],
    [3, "folder/3.png"],
  ]);
  for (const { metrics } of pictures) {
    for (const name of ["randomization", "randomization-signed", "randomization-ssim"]) {
      const [first, second] = metrics.get(name)?.get("stays") ?? [];
      expect([first?.parameter, second?.parameter]).toEqual([1, 3]);
      expect(first?.value).toBeCloseTo(1, 12);
      expect(second?.value).toBeCloseTo(1, 12);
    }
    const goes = metrics.get("randomization")?.get("goes") ?? [];
    expect(goes.map(({ parameter }) => parameter)).toEqual([3]);
    expect(goes[0]?.value).toBeLessThan(0.9);
    expect(metrics.get("randomization-ssim")?.get("goes")).toHaveLength(2);
  }
});

test("cut after a step, it goes on with the next, to the same results", async () => {
  const [whole, cut] = [newFolder(), newFolder()];
  await runRandomization(fakeCheck(whole));
  const stop = new AbortController();
  const first = fakeCheck(cut, { signal: stop.signal, onStep: (done) => done === 1 && stop.abort() });
  expect(await runRandomization(first)).toBe(false);
  const steps: number[] = [];
  expect(await runRandomization(fakeCheck(cut, { onStep: (done) => steps.push(done) }))).toBe(true);
  expect(steps).toEqual([1, 2]);
  const contents = (folder: string) => readFileSync(join(folder, "randomization.json"), "utf8");
  expect(contents(cut)).toBe(contents(whole));
  // So does one that was begun when the check was spelled with an s.
  writeFileSync(join(cut, "randomisation.json"), contents(cut).replaceAll("randomiz", "randomis"));
  rmSync(join(cut, "randomization.json"));
  expect(await readRandomization(cut)).toEqual(await readRandomization(whole));
  // A finished one opens nothing.
  const open = () => Promise.reject(new Error("This was not to be opened."));
  expect(await runRandomization(fakeCheck(cut, { open }))).toBe(true);
});
