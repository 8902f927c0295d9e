/** Numbers and names as the page writes them. */

/** In four digits, with a sign of the right length. */
export function numberText(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? Number(size.toPrecision(4)).toString() : size.toExponential(2);
  return `${value < 0 ? "−" : ""}${text.replace("e-", "e−").replace("e+", "e")}`;
}
