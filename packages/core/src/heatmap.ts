/** One value a pixel, row by row from the top left: positive speaks for the class, negative against. */
export interface Heatmap {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}
