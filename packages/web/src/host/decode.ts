/** Picture files to pixels, by the browser's own decoders: colour profiles are ignored, EXIF orientation is not, as on Node.js. */
import { limit, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import type { Picture } from "@onnx-lrp/pictures";
import { type DecodedPicture, inputError, isTiff, type PictureBytes } from "@onnx-lrp/pictures/internal";
import { readPixels } from "./pixels.ts";

/** @throws UserError `input` if it is no picture that the browser decodes, or too large */
export async function decodePicture(file: PictureBytes): Promise<DecodedPicture> {
  const bitmap = await bitmapOf(file);
  try {
    const { picture, exact } = pictureOf(file.name, bitmap);
    const note = `The picture "${file.name}" has transparent pixels, whose hidden colours this browser does not keep exactly.`;
    return { ...picture, notes: exact ? [] : [note] };
  } finally {
    bitmap.close();
  }
}

/** In pixels, turned as the EXIF orientation says. @throws UserError as `decodePicture` */
export async function pictureSize(
  file: PictureBytes,
): Promise<{ readonly height: number; readonly width: number }> {
  const bitmap = await bitmapOf(file);
  const { height, width } = bitmap;
  bitmap.close();
  return { height, width };
}

async function bitmapOf({ name, bytes }: PictureBytes): Promise<ImageBitmap> {
  if (bytes.length === 0) throw inputError(name, `The picture "${name}" is empty.`, "give the whole file");
  if (isTiff(bytes)) {
    throw new UserError("input", `"${name}" is a TIFF file, which browsers do not decode.`, {
      subject: { file: name },
      remedies: [
        textRemedy("save it as PNG"),
        textRemedy("if it has many bands, save them as an array (.npy)"),
      ],
    });
  }
  try {
    return await createImageBitmap(new Blob([new Uint8Array(bytes)]), {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
      imageOrientation: "from-image",
    });
  } catch (cause) {
    const reason = `"${name}" is not a picture that this browser can read, or is damaged.`;
    throw inputError(name, reason, "give a whole JPEG, PNG, WebP, GIF or BMP picture", cause);
  }
}

function pictureOf(
  name: string,
  bitmap: ImageBitmap,
): { readonly picture: Picture; readonly exact: boolean } {
  const { width, height } = bitmap;
  if (width * height * 4 > limit("pictureBytes")) {
    const most = Math.floor(limit("pictureBytes") / 2 ** 20);
    const reason = `The picture "${name}" takes more than ${most} MiB when decoded.`;
    throw inputError(name, reason, "make it smaller first");
  }
  const { rgba, exact } = readPixels(bitmap);
  const rgb = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height);
  let opaque = true;
  for (let i = 0; i < alpha.length; i += 1) {
    rgb[i * 3] = rgba[i * 4] ?? 0;
    rgb[i * 3 + 1] = rgba[i * 4 + 1] ?? 0;
    rgb[i * 3 + 2] = rgba[i * 4 + 2] ?? 0;
    const opacity = rgba[i * 4 + 3] ?? 255;
    alpha[i] = opacity;
    opaque &&= opacity === 255;
  }
  return { picture: opaque ? { width, height, rgb } : { width, height, rgb, alpha }, exact };
}
