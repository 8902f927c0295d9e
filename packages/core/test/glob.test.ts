/** Patterns with * and ?, by which layers are named. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesGlob } from "../src/glob.ts";

describe("patterns", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", ".", "/", "[", "*", "?", "\\", "(", "😀") });

  /** As the definition says it: a `*` takes nothing, or one character and then what it takes. */
  function fits(pattern: string, text: string): boolean {
    const [first, ...rest] = pattern;
    const [next, ...left] = text;
    if (first === undefined) return next === undefined;
    if (first === "*" && fits(rest.join(""), text)) return true;
    if (next === undefined) return false;
    if (first === "*") return fits(pattern, left.join(""));
    return (first === "?" || first === next) && fits(rest.join(""), left.join(""));
  }

  test("mean what their definition says", () => {
    let held = 0;
    fc.assert(
      fc.property(
        letters,
        letters,
        fc.boolean(),
        fc.infiniteStream(fc.nat(5)),
        (pattern, text, drawn, take) => {
          // Of two texts drawn apart hardly one fits the other: half of them are made from the pattern.
          const made = Array.from(pattern, (one) => {
            const { value } = take.next();
            return one === "*" ? "ab/*?".slice(0, value) : one === "?" ? "ab/*?😀"[value] : one;
          }).join("");
          const given = drawn ? text : made;
          const expected = fits(pattern, given);
          if (expected) held++;
          expect(matchesGlob(pattern, given)).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
    expect(held).toBeGreaterThan(500);
  });

  test("without * and ? are names", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const plain = a.replace(/[*?]/g, "");
        expect(matchesGlob(plain, plain)).toBe(true);
        expect(matchesGlob(plain, b)).toBe(plain === b);
      }),
    );
  });

  test.each([
    [".*", "fc", false],
    ["f.", "fc", false],
    ["[a-z]*", "fc", false],
    ["(a+)+$", "aaa", false],
    ["a|b", "a", false],
    ["^fc$", "fc", false],
    ["\\w*", "fc", false],
    ["[0]", "[0]", true],
    ["FC", "fc", false],
    ["?", "😀", true],
    ["*", "", true],
    ["?", "", false],
    ["*.*", "a\nb.c", true],
    ["layer?", "layer10", false],
    ["*ab", "aab", true],
  ])("%s on %j: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  test("that would keep a regular expression busy for years are quick", () => {
    const start = performance.now();
    expect(matchesGlob(`${"*a".repeat(500)}*b`, "a".repeat(5000))).toBe(false);
    expect(matchesGlob(`${"a*".repeat(500)}b`, "a".repeat(5000))).toBe(false);
    expect(matchesGlob(`${"*".repeat(5000)}b`, "a".repeat(5000))).toBe(false);
    expect(matchesGlob(`${"?*".repeat(2000)}b`, "a".repeat(5000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
