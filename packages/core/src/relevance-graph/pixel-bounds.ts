/** The lowest and highest pixel after preprocessing, for each channel of the model's input. */
export interface PixelBounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}
