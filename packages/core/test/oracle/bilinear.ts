/** Linear enlargement along every axis: each new place from its neighbours, of which a picture's has four. */
export function enlarged(
  values: ArrayLike<number>,
  from: readonly number[],
  to: readonly number[],
  alignment: "centres" | "corners",
): Float64Array {
  const place = (i: number, old: number, now: number) =>
    alignment === "centres" ? ((i + 0.5) * old) / now - 0.5 : now === 1 ? 0 : (i * (old - 1)) / (now - 1);
  return Float64Array.from({ length: to.reduce((a, b) => a * b, 1) }, (_, index) => {
    const coordinates = to.map((side, axis) => {
      const below = to.slice(axis + 1).reduce((a, b) => a * b, 1);
      return place(Math.floor(index / below) % side, from[axis] ?? 1, side);
    });
    /** The sum over the neighbours along this axis and those after it. */
    const sum = (axis: number, start: number): number => {
      const at = coordinates[axis];
      if (at === undefined) return values[start] ?? 0;
      const side = from[axis] ?? 1;
      const low = Math.floor(at);
      const near = (i: number) => sum(axis + 1, start * side + Math.min(Math.max(i, 0), side - 1));
      return (1 - (at - low)) * near(low) + (at - low) * near(low + 1);
    };
    return sum(0, 0);
  });
}
