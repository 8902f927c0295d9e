/** Numbers and names as the page writes them. */

/** `44.7 MB`; a megabyte is a million bytes. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toPrecision(3)} ${units[step]}`;
}

/** In four digits, with a sign of the right length. */
export function numberText(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e5 ? Number(size.toPrecision(4)).toString() : size.toExponential(2);
  return `${value < 0 ? "−" : ""}${text.replace("e-", "e−").replace("e+", "e")}`;
}
