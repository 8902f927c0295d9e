/**
 * The explanation models of the shipped networks must not grow unseen: nodes and multiply-adds, beside the network's own.
 * When they change on purpose, ONNX_LRP_UPDATE=1 writes test/goldens/graph-size.json anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { prepareExplanation } from "@onnx-lrp/core/internal";
import { shippedClassifiers } from "@onnx-lrp/models";
import { readModelFile, resolvePreprocess } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { pixelBounds } from "@onnx-lrp/pictures";
import { afterAll, expect, test } from "vitest";
import { type Cost, explanationCost } from "./bench/src/cost.ts";

const path = new URL("goldens/graph-size.json", import.meta.url);
const update = process.env.ONNX_LRP_UPDATE === "1";
const stored: Record<string, Record<string, Cost>> = update ? {} : JSON.parse(readFileSync(path, "utf8"));

test.each(shippedClassifiers.map(({ name, file }) => [name, fileURLToPath(file)] as const))(
  "%s",
  async (name, file) => {
    const { model } = readModelFile(file);
    const pixels = pixelBounds(await resolvePreprocess("unit"), 3);
    const prepared = await prepareExplanation(model, runtime, { pixels });
    const costs = await explanationCost(prepared, model, runtime);
    if (update) stored[name] = { ...costs };
    expect(costs).toEqual(stored[name]);
  },
);

afterAll(() => {
  if (update) writeFileSync(path, `${JSON.stringify(stored, undefined, 2)}\n`);
});
