/** Ranges and ticks of a chart's axes: nice numbers, that is 1, 2 or 5 times a power of ten. */

export interface Axis {
  /** What the axis spans. */
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/**
 * @param values what is to be seen
 * @param wanted about how many ticks
 * @param whole whether the axis begins and ends at a tick; otherwise just where the values do
 */
export function niceAxis(values: readonly number[], wanted: number, whole: boolean): Axis {
  const [low, high] = rangeOf(values);
  const step = niceStep((high - low) / wanted);
  // Rounded, lest 0.30000000000000004 / 0.1 reach beyond 3.
  const first = whole ? Math.floor(round(low / step)) : Math.ceil(round(low / step));
  const last = whole ? Math.ceil(round(high / step)) : Math.floor(round(high / step));
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { value, text: tickText(value, step, decimals) };
  });
  return whole ? { from: first * step, to: last * step, ticks } : { from: low, to: high, ticks };
}

/** Ticks at exactly these values, if they are few and far enough from each other. */
export function axisAt(values: readonly number[]): Axis | undefined {
  const each = [...new Set(values)].sort((a, b) => a - b);
  const [first, last] = [each[0], each.at(-1)];
  if (first === undefined || last === undefined || each.length < 2 || each.length > 10) return undefined;
  const closest = Math.min(...each.slice(1).map((value, i) => value - (each[i] ?? value)));
  if (closest < (last - first) / 20) return undefined;
  return {
    from: first,
    to: last,
    ticks: each.map((value) => ({ value, text: signed(String(round(value))) })),
  };
}

function rangeOf(values: readonly number[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low < high) return [low, high];
  const around = low === 0 ? 1 : Math.abs(low) / 2;
  return [low - around, high + around];
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10) * power;
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}

function tickText(value: number, step: number, decimals: number): string {
  if (Math.abs(value) < step / 2) return "0";
  if (decimals > 5 || Math.abs(value) >= 1e6) return signed(value.toExponential(1).replace("+", ""));
  return signed(value.toFixed(decimals));
}

function signed(text: string): string {
  return text.replaceAll("-", "\u2212");
}
