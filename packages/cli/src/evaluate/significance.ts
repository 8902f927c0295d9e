import type { MethodSummary } from "@onnx-lrp/evaluation";

/** With fewer pictures even differences that all have the same sign come by chance in more than 5 % of samples: 2 / 2^n. */
export const fewestToTellApart = 6;

/** Whether a method is told apart at 95 % from the one that it is held against: the interval of the difference leaves out 0. */
export function isSignificant(difference: MethodSummary["difference"]): boolean {
  if (difference === null || difference.n < fewestToTellApart) return false;
  const { low, high } = difference;
  return low !== null && high !== null && (low > 0 || high < 0);
}
