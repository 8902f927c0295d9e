import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { imagenetLabels } from "@onnx-lrp/pictures";
import { expect, test } from "vitest";
import { labelsFor, loadLabels } from "../src/label-file.ts";
import { temporaryFolder } from "./shared.ts";

async function labelFile(name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return path;
}

test("names come from a file", async () => {
  expect(await loadLabels(await labelFile("windows.txt", "\uFEFFcat\r\ndog\r\n\r\n"))).toEqual([
    "cat",
    "dog",
  ]);
});

test("a missing file and one of other things are refused", async () => {
  await expect(loadLabels("nowhere.txt")).rejects.toThrow('There is no label file "nowhere.txt"');
  const numbers = await labelFile("numbers.json", "[1, 2]");
  await expect(loadLabels(numbers)).rejects.toMatchObject({
    kind: "usage",
    message: expect.stringContaining(numbers),
  });
});

test("a file takes the place of ImageNet's names and the model's own", async () => {
  const path = await labelFile("two.txt", "cat\ndog");
  const own = { labels: [{ value: ["a", "b"], source: { from: "model", name: "its own" } }] } as const;
  expect(await labelsFor(path, 2, own)).toEqual({
    value: ["cat", "dog"],
    source: { from: "option", name: path },
  });
  expect(await labelsFor(undefined, 2, own)).toBe(own.labels[0]);
  await expect(labelsFor(path, 5, own)).rejects.toThrow(/two\.txt" has 2 names, and the model has 5 classes/);
  expect(await labelsFor("none", 1000, { labels: [] })).toBeUndefined();
  expect((await labelsFor(undefined, 1000, { labels: [] }))?.value).toBe(imagenetLabels);
});
