/**
 * Boxes and masks in the network's coordinates.
 *
 * `placementOf` gives the place of the picture after preprocessing, for pixels and regions alike. A pixel of the input
 * is inside a box if its centre is (the near edges are inside, the far ones outside), and inside a mask if the mask's pixel under
 * its centre is not black. If the crop removes the object, no pixel is inside.
 */
import type { InputPort } from "@onnx-lrp/core";
import { decodeImage } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Picture, Preprocess } from "@onnx-lrp/pictures";
import { placementOf } from "@onnx-lrp/pictures/internal";
import type { Box, Item } from "../types.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * @param pictureSize of the picture as `decodeImage` gives it
 * @returns height * width of the network's input, 1 inside and 0 outside; undefined if no region is known
 * @throws UserError "input" if a mask cannot be read or has another size than its picture
 */
export async function placeRegion(
  item: Pick<Item, "path" | "region">,
  spec: Preprocess,
  image: Pick<InputPort, "width" | "height">,
  pictureSize: Size,
): Promise<Uint8Array | undefined> {
  const { region } = item;
  if (region.kind === "none") return undefined;
  const placement = placementOf(pictureSize, spec, image);
  const columns = centres(pictureSize.width, placement.width, placement.left, image.width);
  const rows = centres(pictureSize.height, placement.height, placement.top, image.height);
  if (region.kind === "boxes") return fillBoxes(region.boxes, columns, rows);
  const mask = await decodeImage(region.path);
  if (mask.width !== pictureSize.width || mask.height !== pictureSize.height) {
    throw new UserError(
      "input",
      `The mask "${region.path}" has ${mask.width} x ${mask.height} pixels, but its picture "${item.path}" ` +
        `has ${pictureSize.width} x ${pictureSize.height}; they must have the same size.`,
    );
  }
  return sampleMask(mask, columns, rows);
}

/** The positions of the centres of the input's pixels in the picture, along one axis. */
function centres(picture: number, resized: number, start: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => ((start + i + 0.5) * picture) / resized);
}

function fillBoxes(boxes: readonly Box[], columns: Float64Array, rows: Float64Array): Uint8Array {
  const inside = new Uint8Array(columns.length * rows.length);
  for (const { left, top, right, bottom } of boxes) {
    // Centres ascend, so those in the box are consecutive.
    const first = columns.findIndex((x) => x >= left);
    const end = columns.findLastIndex((x) => x < right) + 1;
    if (first < 0 || end <= first) continue;
    rows.forEach((y, row) => {
      if (y >= top && y < bottom) inside.fill(1, row * columns.length + first, row * columns.length + end);
    });
  }
  return inside;
}

function sampleMask(mask: Picture, columns: Float64Array, rows: Float64Array): Uint8Array {
  const inside = new Uint8Array(columns.length * rows.length);
  rows.forEach((y, row) => {
    columns.forEach((x, column) => {
      const at = 3 * (Math.floor(y) * mask.width + Math.floor(x));
      const black = mask.rgb[at] === 0 && mask.rgb[at + 1] === 0 && mask.rgb[at + 2] === 0;
      inside[row * columns.length + column] = black ? 0 : 1;
    });
  });
  return inside;
}
