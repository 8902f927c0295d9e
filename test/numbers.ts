/** The L2 norm of the difference, relative to that of what was wanted. */
export function relativeDifference(made: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (made.length !== wanted.length) throw new RangeError(`${made.length} numbers against ${wanted.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < wanted.length; i += 1) {
    difference += ((made[i] ?? 0) - (wanted[i] ?? 0)) ** 2;
    size += (wanted[i] ?? 0) ** 2;
  }
  return Math.sqrt(difference / size);
}
