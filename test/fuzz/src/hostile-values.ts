/** Values that things break at. */
import fc from "fast-check";

/** What every object inherits, and names that mean something in paths, on terminals and in pages. */
const names = [
  ...Object.getOwnPropertyNames(Object.prototype),
  ...["", "..", "../../up", "/etc/hostname", "C:\\x", "a\u0000b", "\u001b]0;t\u0007", "a\nonnx-lrp: forged"],
  ...["<img src=x onerror=alert(1)>", "</script>", "\u202e", "\ud800", "n".repeat(5000), "*", ".*", "("],
];

export const name = fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 8 }));

const edges = [
  0,
  1,
  2,
  3,
  7,
  255,
  256,
  65_535,
  65_536,
  2 ** 24,
  2 ** 28,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
];

/** Integers as text, since JSON has none of 64 bits. */
export const integer = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -4, max: 16 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom(...edges.flatMap((edge) => [`${edge}`, `-${edge}`])) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(`${2n ** 53n}`, `${2n ** 62n}`, `${2n ** 63n - 1n}`, `-${2n ** 63n}`),
  },
);

/** Numbers as text: not all are JSON. */
export const number = fc.oneof(
  fc.constantFrom("0", "-0", "1", "-1", "1e-45", "1e38", "1e39", "1e308", "NaN", "Infinity", "-Infinity"),
  fc.double({ noNaN: true }).map(String),
);
