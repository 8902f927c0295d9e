import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { classesIn, demoPictures, picturesFolder, renderScene } from "../src/index.ts";
import { decodePng } from "./decode-png.ts";

test("the folder holds exactly the listed pictures", () => {
  const files = readdirSync(picturesFolder).toSorted();
  expect(files).toEqual(demoPictures.map(({ name }) => `${name}.png`).toSorted());
});

test.each(demoPictures)("$name.png shows its scene", ({ name, file, scene }) => {
  const rendered = renderScene(scene);
  expect(classesIn(rendered).map((className) => className.replace(" ", "-"))).toEqual(name.split("_"));
  expect(decodePng(readFileSync(file)).pixels).toEqual(Buffer.from(rendered.rgb));
});
