import { copyFile, mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readModelFile } from "../src/model-file.ts";
import { describeModelFile } from "../src/sidecars.ts";
import { temporaryFolder } from "./shared.ts";

const vgg = fileURLToPath(new URL("../../../models/networks/vgg.onnx", import.meta.url));

/** A folder with net/model.onnx and those files. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "net"));
  await copyFile(vgg, join(folder, "net", "model.onnx"));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
}

/** What the files say, after what the model says itself. */
async function saidByFiles(path: string) {
  const { labels, problems } = await describeModelFile(readModelFile(path));
  expect(labels[0]?.source.from).toBe("model");
  return { labels: labels.slice(1), problems };
}

test("files beside the model go before those in the folder above", async () => {
  const folder = await folderWith({
    "labels.txt": "far\noff",
    "net/labels.txt": "near\nby",
    "net/classes.txt": "this\ntoo",
    "config.json": '{"id2label": {"0": "cat", "1": "dog"}}',
    "net/other.txt": "not\nread",
  });
  const { labels } = await saidByFiles(join(folder, "net", "model.onnx"));
  expect(labels).toEqual(
    [
      ["config.json", ["cat", "dog"]],
      ["net/labels.txt", ["near", "by"]],
      ["net/classes.txt", ["this", "too"]],
      ["labels.txt", ["far", "off"]],
    ].map(([name, value]) => ({ value, source: { from: "file", name: join(folder, String(name)) } })),
  );
});

test("of a linked model also the files beside the link's target, each once", async () => {
  const folder = await folderWith({ "net/labels.txt": "cat\ndog" });
  await symlink(join("net", "model.onnx"), join(folder, "link.onnx"));
  const { labels } = await saidByFiles(join(folder, "link.onnx"));
  expect(labels.map(({ source }) => source.name)).toEqual([join(folder, "net", "labels.txt")]);
});

test("what is no file is not read, and what is too large is named", async () => {
  const folder = await folderWith({ "config.json": "" });
  await mkdir(join(folder, "labels.txt"));
  await truncate(join(folder, "config.json"), 2 ** 40);
  if (process.platform !== "win32") await symlink("/dev/zero", join(folder, "net", "classes.txt"));
  const { labels, problems } = await saidByFiles(join(folder, "net", "model.onnx"));
  expect(labels).toEqual([]);
  expect(problems.map(({ value }) => value)).toEqual([
    `${join(folder, "config.json")} is too large to be read (1048576 MiB).`,
  ]);
});
