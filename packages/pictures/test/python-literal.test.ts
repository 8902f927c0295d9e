import { expect, test } from "vitest";
import { type PythonValue, parsePythonLiteral } from "../src/self-description/python-literal.ts";

test.each<[string, PythonValue]>([
  ["[224, 224]", [224, 224]],
  [" ( 1 , 2.5 , ) ", [1, 2.5]],
  ["()", []],
  ["-1e3", -1000],
  [".5", 0.5],
  ["None", null],
  ["[True, False]", [true, false]],
  [`"it's"`, "it's"],
  [String.raw`'a\'b\\c\n\x41\u00e9\U0001F600'`, "a'b\\c\nAé😀"],
  [String.raw`'\U99999999'`, "\uFFFD"],
])("%s", (text, value) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

test("dictionaries keep the kind of their keys", () => {
  const value = parsePythonLiteral("{0: 'tench', 1: \"a 'b'\", 'x': {'y': [None]}, '__proto__': 1}");
  expect(value).toEqual(
    new Map<PythonValue, PythonValue>([
      [0, "tench"],
      [1, "a 'b'"],
      ["x", new Map([["y", [null]]])],
      ["__proto__", 1],
    ]),
  );
});

test.each([
  "",
  "{",
  "{0 'a'}",
  "[1 2]",
  "'open",
  "print('x')",
  "1 + 1",
  "nope",
  "{0: 'a'} x",
  "'a\nb'",
  "'a' 'b'",
])("%j is no value", (text) => {
  expect(parsePythonLiteral(text)).toBeUndefined();
});

test("what is nested without end is refused, and what is long is read", () => {
  expect(parsePythonLiteral("[".repeat(1e5))).toBeUndefined();
  const names = Array.from({ length: 21_000 }, (_, i) => `${i}: 'name ${i}'`);
  expect(parsePythonLiteral(`{${names.join(", ")}}`)).toHaveProperty("size", 21_000);
});
