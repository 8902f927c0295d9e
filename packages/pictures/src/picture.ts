/** A picture in 8-bit sRGB. `rgb` holds `height * width * 3` bytes, row by row from the top left. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}
