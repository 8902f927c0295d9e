/** Numbers as figures and pages write them. */

/** "1.99 %", in three digits; what would round to all or nothing says so. */
export function percent(probability: number): string {
  const value = probability * 100;
  if (value > 0 && value < 0.01) return "< 0.01 %";
  if (value < 100 && value > 99.9) return "> 99.9 %";
  return `${value.toFixed(value >= 9.995 ? 1 : 2)} %`;
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
