import { UserError } from "@onnx-lrp/onnx-loader/error";

const topPattern = /^top(?::(.*))?$/i;

/**
 * The largest number of targets of a picture, before the network is known: several may turn out to be the same class.
 *
 * @returns undefined if a count is invalid, which `parseTargets` reports
 */
export function countTargets(wanted: readonly string[]): number | undefined {
  const counts = wanted.map((text) => Number(topPattern.exec(text)?.[1] ?? 1));
  const sum = counts.reduce((a, b) => a + b, 0);
  return counts.every((count) => Number.isInteger(count) && count > 0) ? sum : undefined;
}

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
    const top = topPattern.exec(text);
    if (top === null) return [find(text)];
    const count = Number(top[1] ?? 1);
    if (!Number.isInteger(count) || count < 1 || count > classes) {
      throw new UserError(
        "usage",
        `In --target top:K the K must be an integer from 1 to ${classes}, the number of classes; got "${text}".`,
      );
    }
    return Array.from({ length: count }, (_, i) => -1 - i);
  });
  return [...new Set(targets)];
}

/** The targets, the last of them again until there are `count`. */
export function filledTargets(targets: readonly number[], count: number | undefined): number[] {
  const last = targets.slice(-1);
  const missing = Math.max(0, (count ?? 0) - targets.length);
  return [...targets, ...Array.from({ length: missing }, () => last).flat()];
}

/** The class that targets are contrasted with: `top` for the most probable one, an index or a label. */
export function parseAgainst(text: string, find: (query: string) => number): number {
  if (text.toLowerCase() === "top") return -1;
  if (topPattern.test(text)) {
    throw new UserError("usage", `--against must be one class: top, an index or a label; got "${text}".`);
  }
  return find(text);
}
