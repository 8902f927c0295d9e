/** More classes than any network has. */
const maxClasses = 2 ** 20;
const maxLength = 400;

/** Names as people can read them in a terminal and in a figure: one line without control characters, not too long. */
export function cleanLabel(name: string): string {
  const plain = name.replace(/\p{Cc}+/gu, " ").trim();
  return plain.length > maxLength ? `${plain.slice(0, maxLength - 1)}…` : plain;
}

/** The names of pairs of index and name in order; undefined unless the indices are 0, 1, 2 and so on without a gap. */
export function labelsByIndex(pairs: Iterable<readonly [number | string, unknown]>): string[] | undefined {
  const names = new Map<number, string>();
  for (const [index, name] of pairs) {
    if (!/^\d{1,7}$/.test(String(index)) || typeof name !== "string") return undefined;
    names.set(Number(index), cleanLabel(name));
  }
  const labels = Array.from({ length: Math.min(names.size, maxClasses) }, (_, index) => names.get(index));
  const complete = labels.filter((label) => label !== undefined);
  return complete.length === names.size && complete.length > 0 ? complete : undefined;
}

/** The names of a list; undefined if there are none, or what is listed is no text. */
export function labelsOfList(list: readonly unknown[]): string[] | undefined {
  return labelsByIndex(list.map((name, index) => [index, name] as const));
}
