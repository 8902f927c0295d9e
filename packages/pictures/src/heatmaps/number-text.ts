/** Numbers as figures and pages write them. */

/** "1.99 %", in three digits; what would round to all or nothing says so. */
export function percent(probability: number): string {
  const value = probability * 100;
  if (value > 0 && value < 0.01) return "< 0.01 %";
  if (value < 100 && value > 99.9) return "> 99.9 %";
  return `${value.toFixed(value >= 9.995 ? 1 : 2)} %`;
}

/** What has full colour on a bar of colours, in per cent of the strongest relevance. */
export function endText(full: number, strongest: number): string {
  return `${Math.max(1, Math.round((100 * full) / strongest))} %`;
}

/** In two digits, or as many as asked for. */
export function formatNumber(value: number, digits = 2): string {
  if (value === 0) return "0";
  return value >= 1e-3 && value < 1e4
    ? Number(value.toPrecision(digits)).toString()
    : value
        .toExponential(digits - 1)
        .replace("-", "−")
        .replace("+", "");
}

/** `44.7 MB`; a megabyte is a million bytes. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toPrecision(3)} ${units[step]}`;
}
