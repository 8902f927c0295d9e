/** Several methods of one input: what `explain` says by each of them, side by side. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Network, openNetwork, UserError } from "../src/index.ts";

const picture = fileURLToPath(
  new URL("../../../models/pictures/striped-star_ringed-triangle.png", import.meta.url),
);

let network: Network;

beforeAll(async () => {
  network = await openNetwork("vgg", { threads: 1 });
});

afterAll(() => network.close());

test("compare gives what explain gives by each method, and why a method has no map", async () => {
  const target = ["striped star", "top"] as const;
  const steps: string[] = [];
  const { methods, top, png, page } = await network.compare(picture, {
    ...{ methods: ["sglrp", "lrp:epsilon", "cam"], target },
    onProgress: ({ done, total, method }) => steps.push(`${done}/${total} ${method}`),
  });
  expect(steps).toEqual(["0/3 sglrp", "1/3 lrp:epsilon", "3/3 "]);
  const alone = await network.explain(picture, { method: "lrp", composite: "epsilon", target });
  const [sglrp, lrp, cam] = methods;
  expect(methods.map(({ name }) => name)).toEqual(["sglrp", "lrp:epsilon", "cam"]);
  expect(lrp?.explanations.map(({ relevance }) => relevance)).toEqual(
    alone.explanations.map(({ relevance }) => relevance),
  );
  expect(sglrp?.explanations[0]?.note).toMatch(/^against /);
  expect(top).toEqual(alone.top);
  expect(cam?.explanations).toEqual([]);
  expect(cam?.refusal).toBeInstanceOf(UserError);
  expect(cam?.refusal?.message).toContain("not linear");
  expect(
    Buffer.from(await png())
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  const text = await page({ view: "map", title: "Two objects" });
  expect(text).toContain("Two objects");
  expect(text).toContain("lrp:epsilon");
});

test("compare writes its figure and its page", async () => {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bytes = readFileSync(picture);
  const { savePng, savePage } = await network.compare(bytes, { methods: ["gradient"] });
  await savePng(join(folder, "a/b.png"));
  await savePage(join(folder, "a/b.html"));
  expect(readFileSync(join(folder, "a/b.png")).subarray(1, 4).toString()).toBe("PNG");
  expect(readFileSync(join(folder, "a/b.html"), "utf8")).toMatch(/^<!doctype html>/i);
});

test("compare refuses what cannot be meant, and ends at a signal", async () => {
  await expect(network.compare(picture, { methods: [] })).rejects.toThrow("needs a method");
  await expect(network.compare(picture, { methods: ["cam"] })).rejects.toThrow("not linear");
  const reason = new Error("enough");
  const options = { methods: ["gradient"], signal: AbortSignal.abort(reason) } as const;
  await expect(network.compare(picture, options)).rejects.toBe(reason);
});
