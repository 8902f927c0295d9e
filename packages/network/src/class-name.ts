/** The first of a label's synonyms, or the class's number where it has no label. */
export function className(label: string | null | undefined, index: number): string {
  return label?.split(",")[0] ?? `class ${index}`;
}
