/** The pixel with the largest value; ties go to the first, row by row from the top left. */
export function firstMaximum(values: ArrayLike<number>): number {
  let best = 0;
  for (let pixel = 1; pixel < values.length; pixel += 1) {
    if ((values[pixel] ?? 0) > (values[best] ?? 0)) best = pixel;
  }
  return best;
}
