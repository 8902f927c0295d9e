import { expect, test } from "vitest";
import { textStyles } from "../src/cells.ts";
import { ellipsize, textPath, textWidth, wrap } from "../src/text.ts";
import { titleIn } from "../src/title.ts";

const style = { size: 20 };

test("text has a width that grows with its size, and kerning", () => {
  expect(textWidth("", style)).toBe(0);
  expect(textWidth("zebra", { size: 40 })).toBeCloseTo(2 * textWidth("zebra", style), 5);
  expect(textWidth("AV", style)).toBeLessThan(textWidth("A", style) + textWidth("V", style));
  expect(textWidth("zebra", { size: 20, weight: "bold" })).toBeGreaterThan(textWidth("zebra", style));
});

test("outlines are numbers at every place", () => {
  for (let x = 0; x < 100; x += 0.37) {
    expect(textPath("Red speaks: é ß č ж", x, 655, { size: 16 })).toMatch(/^[MLQCZ\d. -]+$/);
  }
});

test("Latin, extended Latin and Cyrillic have their letters; others share a box", () => {
  const shape = (text: string) => textPath(text, 0, 20, style);
  const box = shape("中");
  expect(box).not.toBe("");
  expect(shape("文")).toBe(box);
  for (const letter of "éßñłčőşжЯ−%…") expect(shape(letter)).not.toBe(box);
  expect(shape("e\u0301")).toBe(shape("é"));
});

test("long text ends in an ellipsis that still fits", () => {
  expect(ellipsize("zebra", 500, style)).toBe("zebra");
  const short = ellipsize("African elephant, Loxodonta africana", 150, style);
  expect(short).toMatch(/^African elep.*…$/);
  expect(textWidth(short, style)).toBeLessThanOrEqual(150);
  expect(ellipsize("zebra", 1, style)).toBe("");
});

test("paragraphs break between words", () => {
  expect(wrap("  one   two\nthree ", 500, style)).toEqual(["one two three"]);
  expect(wrap("one two three", textWidth("one two", style), style)).toEqual(["one two", "three"]);
  expect(wrap("", 100, style)).toEqual([]);
});

test("texts of any length are shortened at once", () => {
  const started = performance.now();
  const short = ellipsize("z".repeat(1_000_000), 200, style);
  expect(textWidth(short, style)).toBeLessThanOrEqual(200);
  expect(textWidth(`z${short}`, style)).toBeGreaterThan(200);
  expect(wrap(`${"word ".repeat(3)}${"long".repeat(100_000)}`, 100, style).length).toBeLessThan(10);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("of the names in a title the longer one is cut, so that both are seen", () => {
  const long = "a name that says more of the picture than anybody will read ".repeat(3).trim();
  expect(titleIn("zebra.png · vgg.onnx", 600)).toBe("zebra.png · vgg.onnx");
  expect(titleIn(`${long} · vgg.onnx`, 600)).toMatch(/^a name that says .*… · vgg\.onnx$/);
  expect(titleIn(`zebra.png · ${long}`, 600)).toMatch(/^zebra\.png · a name that says .*…$/);
  for (const title of [`${long} · ${long}`, `${long} · vgg.onnx`, long]) {
    expect(textWidth(titleIn(title, 600), textStyles.title)).toBeLessThanOrEqual(600);
  }
});
