/** Numbers as people read them. */

export function percent(probability: number): string {
  const value = probability * 100;
  if (value >= 99.995) return "100 %";
  if (value !== 0 && value < 0.01) return `${value.toExponential(1)} %`;
  return `${value.toPrecision(3)} %`;
}

export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? value.toPrecision(4) : value.toExponential(2);
}

/** Three digits of the largest of the numbers, for all of them the same decimals. */
export function numberWriter(values: readonly number[]): (value: number) => string {
  const largest = Math.max(0, ...values.map(Math.abs).filter(Number.isFinite));
  if (largest > 0 && (largest < 1e-4 || largest >= 1e6)) return (value) => value.toExponential(2);
  const decimals = largest > 0 ? Math.max(0, 2 - Math.floor(Math.log10(largest) + 1e-9)) : 0;
  return (value) => value.toFixed(decimals).replace(/^-(0(?:\.0+)?)$/, "$1");
}

/** "34 ms", "1.2 s", "25 s". */
export function shortDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.max(1, Math.round(1000 * seconds))} ms`;
  return `${seconds < 10 ? seconds.toPrecision(2) : seconds.toFixed(0)} s`;
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "long";
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toPrecision(2)} h`;
}
