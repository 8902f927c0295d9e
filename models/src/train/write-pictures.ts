/**
 * Writes the demo pictures of src/pictures.ts as PNG files into models/pictures:
 *
 *     node models/dist/train/write-pictures.js
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { encodePng } from "../files/png.ts";
import { demoPictures, picturesFolder } from "../pictures.ts";
import { renderScene } from "../scenes/render.ts";
import { classesIn } from "../scenes/scene.ts";

mkdirSync(picturesFolder, { recursive: true });
for (const { name, file, scene } of demoPictures) {
  const rendered = renderScene(scene);
  const shown = classesIn(rendered)
    .map((className) => className.replace(" ", "-"))
    .join("_");
  if (shown !== name) throw new Error(`the picture ${name} shows ${shown}`);
  writeFileSync(file, encodePng(rendered.rgb, rendered.width, rendered.height));
}
