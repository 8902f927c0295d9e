import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listInputs } from "../src/node/input-files.ts";

/** A folder with empty files of these names. */
function folderWith(...names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  return folder;
}

const isPicture = (name: string) => name.endsWith(".png");

test("patterns are expanded where the shell has not done it, in the order of names", async () => {
  const folder = folderWith("b.png", "a.png", "c.npy", "d.txt", "below/e.png");
  const found = await listInputs([`${folder}/*.{png,npy}`, `${folder}/**/e.png`], isPicture);
  expect(found).toEqual([
    { path: `${folder}/a.png`, kind: "picture" },
    { path: `${folder}/b.png`, kind: "picture" },
    { path: `${folder}/c.npy`, kind: "tensor" },
    { path: `${folder}/below/e.png`, kind: "picture" },
  ]);
});

test("a file whose name looks like a pattern is itself", async () => {
  const folder = folderWith("photo[1].png", "photo1.png");
  const path = join(folder, "photo[1].png");
  expect(await listInputs([path], isPicture)).toEqual([{ path, kind: "picture" }]);
});

test("a pattern without a match stays in the list, to be reported by its name", async () => {
  const path = join(folderWith("a.png"), "*.jpg");
  expect(await listInputs([path], isPicture)).toEqual([{ path, kind: "picture" }]);
});

test("a folder gives its pictures and arrays, not those below; one without any says so", async () => {
  const folder = folderWith("b.png", "a.npz", "text.md", "below/c.png", "empty/note.txt");
  expect(await listInputs([folder, join(folder, "empty")], isPicture)).toEqual([
    { path: join(folder, "a.npz"), kind: "tensor" },
    { path: join(folder, "b.png"), kind: "picture" },
    { path: join(folder, "empty"), kind: "empty folder" },
  ]);
});

test("a folder's own results are not taken for pictures", async () => {
  const results = [
    "zebra.sglrp.png",
    "zebra.sglrp.340-zebra.png",
    "zebra.sglrp.340-zebra.npy",
    "zebra.lrp-epsilon-plus.340-zebra-not-386-african-elephant.png",
    "zebra.grad-cam++.340.png",
    "batch.item-0.lrp.3.png",
  ];
  const pictures = ["batch.npy", "lrp.png", "other.sglrp.png", "zebra.crop.png", "zebra.png"];
  const folder = folderWith(...results, ...pictures);
  const found = await listInputs([folder], isPicture);
  expect(found.map(({ path }) => path)).toEqual(pictures.map((name) => join(folder, name)));
});
