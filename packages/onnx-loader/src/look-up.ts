/**
 * What a table has under a name that comes from a file. Indexing a plain object with `constructor` or `__proto__` finds what
 * every object inherits.
 */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
