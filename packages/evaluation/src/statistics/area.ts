/** A point of a curve. */
export interface CurvePoint {
  readonly parameter: number;
  readonly value: number;
}

/**
 * The area under a curve by trapezes, divided by the width of its range: the curve's mean height, in the units of its values.
 * A single point has its own height.
 *
 * @param points in the order of their parameters
 * @returns NaN if there are no points
 */
export function areaUnderCurve(points: readonly CurvePoint[]): number {
  if (points.length === 0) return Number.NaN;
  return trapezeWeights(points.map(({ parameter }) => parameter)).reduce(
    (sum, weight, i) => sum + weight * (points[i]?.value ?? Number.NaN),
    0,
  );
}

/**
 * What each point counts in the area: the sum of weights times values is the area. They sum to 1.
 *
 * @param parameters ascending
 */
export function trapezeWeights(parameters: readonly number[]): number[] {
  if (parameters.length === 1) return [1];
  const at = (i: number) => parameters[Math.min(Math.max(i, 0), parameters.length - 1)] ?? 0;
  const range = at(parameters.length - 1) - at(0);
  return parameters.map((_, i) => (at(i + 1) - at(i - 1)) / 2 / range);
}
