/** Words and numbers of the page. */
import type { ValueFacts } from "./file-facts.ts";

/** `Conv 52, Relu 49` */
export function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

/** `11,176,512` */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** `x, float32, N x 3 x 224 x 224` */
export function valueText({ name, type, dims }: ValueFacts): string {
  if (type === null) return `${name}, no tensor`;
  const shape = dims === null ? "of unknown shape" : dims.length === 0 ? "a single number" : dimsText(dims);
  return `${name}, ${type}, ${shape}`;
}

function dimsText(dims: readonly (number | string | null)[]): string {
  return dims.map((dim) => dim ?? "?").join(" x ");
}

/** Lines of at most so many characters, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
