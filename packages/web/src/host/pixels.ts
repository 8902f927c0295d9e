/** The pixels of a bitmap, as they were decoded. */

/**
 * A canvas multiplies colours by their opacity, which loses what transparent pixels hide. So it is asked first, and a picture
 * that turns out to have transparent pixels is read through a texture of WebGL, which keeps bytes as they are.
 *
 * @returns red, green, blue and opacity of each pixel, row by row from the top left; whether they are the file's own
 */
export function readPixels(bitmap: ImageBitmap): {
  readonly rgba: Uint8ClampedArray | Uint8Array;
  readonly exact: boolean;
} {
  const drawn = fromCanvas(bitmap);
  if (isOpaque(drawn)) return { rgba: drawn, exact: true };
  const read = fromTexture(bitmap);
  return read === undefined ? { rgba: drawn, exact: false } : { rgba: read, exact: true };
}

function fromCanvas(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("the browser has no canvas");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

/** undefined where there is no WebGL, or the picture is larger than its textures. */
function fromTexture(bitmap: ImageBitmap): Uint8Array | undefined {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl");
  if (gl === null || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return undefined;
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const rgba = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  const failed = gl.getError() !== gl.NO_ERROR;
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return failed ? undefined : rgba;
}
