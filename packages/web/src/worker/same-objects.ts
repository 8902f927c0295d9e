/**
 * Explainers are kept by their settings, of which objects count as equal only if they are the same; messages make new ones of
 * them each time. So that each set of values stays one object, those of the last calls are remembered.
 */
export function createSameObjects(most = 16): <T extends object>(settings: T) => T {
  const known: object[] = [];
  const same = (value: object): object => {
    const before = known.find((other) => isEqual(other, value));
    if (before !== undefined) return before;
    known.push(value);
    if (known.length > most) known.shift();
    return value;
  };
  return (settings) =>
    Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        typeof value === "object" && value !== null ? same(value) : value,
      ]),
    ) as typeof settings;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([name, value], i) => right[i]?.[0] === name && isEqual(value, right[i]?.[1]))
  );
}
