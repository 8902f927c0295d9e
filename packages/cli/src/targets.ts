import { UserError } from "@onnx-lrp/onnx-loader";

/**
 * What `--target` means to an explanation model: a class, or -r for the r-th most probable one.
 *
 * @param wanted each `top`, `top:K`, an index or a label
 * @param find the class that an index or label names
 */
export function parseTargets(
  wanted: readonly string[],
  classes: number,
  find: (query: string) => number,
): number[] {
  const targets = wanted.flatMap((text) => {
    const top = /^top(?::(.*))?$/i.exec(text);
    if (top === null) return [find(text)];
    const count = Number(top[1] ?? 1);
    if (!Number.isInteger(count) || count < 1 || count > classes) {
      throw new UserError(
        "usage",
        `--target top:K takes a whole number from 1 to ${classes}, the number of classes; "${text}" does not.`,
      );
    }
    return Array.from({ length: count }, (_, i) => -1 - i);
  });
  return [...new Set(targets)];
}
