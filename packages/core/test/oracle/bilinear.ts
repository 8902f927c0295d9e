/** Bilinear enlargement of h x w numbers, each new pixel from its four neighbours. */
export function enlarged(
  values: Float64Array,
  from: readonly [number, number],
  to: readonly [number, number],
  alignment: "centres" | "corners",
): Float64Array {
  const [h, w] = from;
  const [height, width] = to;
  const place = (i: number, old: number, now: number) =>
    alignment === "centres" ? ((i + 0.5) * old) / now - 0.5 : now === 1 ? 0 : (i * (old - 1)) / (now - 1);
  const at = (y: number, x: number) => {
    const row = Math.min(Math.max(y, 0), h - 1);
    return values[row * w + Math.min(Math.max(x, 0), w - 1)] ?? 0;
  };
  return Float64Array.from({ length: height * width }, (_, i) => {
    const y = place(Math.floor(i / width), h, height);
    const x = place(i % width, w, width);
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [down, right] = [y - top, x - left];
    const above = (1 - right) * at(top, left) + right * at(top, left + 1);
    const below = (1 - right) * at(top + 1, left) + right * at(top + 1, left + 1);
    return (1 - down) * above + down * below;
  });
}
