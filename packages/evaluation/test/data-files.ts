/** Small data sets on disk. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { imagenetLabels } from "@onnx-lrp/pictures";
import { onTestFinished, test } from "vitest";
import type { DataSet } from "../src/types.ts";

/** Photographs with boxes that lie beside the repository where its developers have them. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(`../../../../shared/${path}`, import.meta.url));
}

/** A test that needs the folder `shared` beside the repository; without it, it is skipped under a name that says so. */
export function testWithShared(name: string, body: () => Promise<void>): void {
  if (existsSync(sharedPath(""))) test(name, body);
  else test.skip(`${name} (skipped: there is no folder "shared" beside the repository)`, body);
}

/** A new folder with these files, by their paths; it goes when the test ends. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "onnx-lrp-data-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** A grey PNG whose pixels are `value(x, y)`. */
export function greyPng(width: number, height: number, value: (x: number, y: number) => number = () => 128) {
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = value(x, y);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** XML of VOC and ILSVRC; objects are [name, xmin, ymin, xmax, ymax]. */
export function boxesXml(
  database: string,
  size: readonly [width: number, height: number] | undefined,
  objects: readonly (readonly [string, number, number, number, number])[],
): string {
  const dims = size
    ? `<size><width>${size[0]}</width><height>${size[1]}</height><depth>3</depth></size>`
    : "";
  const list = objects.map(
    ([name, xmin, ymin, xmax, ymax]) =>
      `<object><name>${name}</name><bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin>` +
      `<xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`,
  );
  return `<annotation><source><database>${database}</database></source>${dims}${list.join("")}</annotation>`;
}

/** Two networks, by their classes. */
export const imagenet = { labels: imagenetLabels, classes: 1000 };
export const pets = { labels: ["cat", "dog, hound", "tree frog"], classes: 3 };

export const labelsOf = ({ items }: DataSet) => items.map(({ id, label }): [string, number] => [id, label]);
export const regionsOf = ({ items }: DataSet) => items.map(({ region }) => region);
export const box = (left: number, top: number, right: number, bottom: number) => ({
  left,
  top,
  right,
  bottom,
});
export const boxes = (...list: ReturnType<typeof box>[]) => ({ kind: "boxes", boxes: list });
