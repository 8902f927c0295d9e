/** Maps of one input as small drawings without words, for pages of many. */
import type { Heatmap } from "@onnx-lrp/core";
import type { InputView, Picture } from "@onnx-lrp/pictures";
import { isCoarse, scaleOf } from "@onnx-lrp/pictures/internal";
import { fitInto } from "../tile.ts";
import { overlaySmoothing } from "../views/picture.ts";
import { coloured, type Sheet, sheetOf, smoothOnSheet } from "./sheet.ts";

/** How wide a tile of curves or features is, and the longer side of any other, in pixels. */
const side = 300;

/** An input and its maps as small pictures of one size. */
export interface MapTiles {
  readonly input: Picture;
  /** In the order of the maps. */
  readonly maps: readonly Picture[];
}

/**
 * The input, and each map laid on it in its own range of colours.
 *
 * @param maps as `mapOnView` gives them
 */
export async function mapTiles(view: InputView, maps: readonly Heatmap[]): Promise<MapTiles> {
  const sheet = await sheetOf(view, maps, side);
  const drawn = maps.map((map) => {
    const seen = smoothOnSheet(sheet, sheet.onto(map, "mean"), overlaySmoothing);
    return coloured(sheet, seen, scaleOf([seen]), isCoarse(map));
  });
  return {
    input: await tile(sheet, sheet.drawing),
    maps: await Promise.all(drawn.map((picture) => tile(sheet, picture))),
  };
}

/** A drawing in ink has the size of a tile already. */
async function tile({ blend }: Sheet, picture: Picture): Promise<Picture> {
  return blend === "over" ? await fitInto(picture, side, "smooth") : picture;
}
