import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import opentype, { type Font, type PathCommand } from "opentype.js";
import { fitting, mostCharacters, type TextStyle } from "./text-fit.ts";

export type { TextStyle } from "./text-fit.ts";

// Text is drawn as outlines of a font that comes with this package, so that a figure looks the same on every
// machine, with or without fonts of its own.

type Weight = NonNullable<TextStyle["weight"]>;

/** PT Sans comes in one file a script; a character is looked for in this order. */
type Script = "latin" | "latin-ext" | "cyrillic";
const otherScripts: readonly Script[] = ["latin-ext", "cyrillic"];
const require = createRequire(import.meta.url);
const fontFolder = join(dirname(require.resolve("@fontsource/pt-sans/package.json")), "files");
const fonts = new Map<string, Font>();

function fontOf(script: Script, weight: Weight): Font {
  const file = fileName(script, weight);
  const known = fonts.get(file);
  if (known) return known;
  const bytes = readFileSync(join(fontFolder, file));
  const font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  fonts.set(file, font);
  return font;
}

function fileName(script: Script, weight: Weight): string {
  return `pt-sans-${script}-${weight === "bold" ? 700 : 400}-normal.woff`;
}

/** CSS that brings the font's Latin letters into an SVG whose text stays text, under the name `PT Sans`. */
export function fontFaces(): string {
  return (["regular", "bold"] as const)
    .map((weight) => {
      const bytes = readFileSync(join(fontFolder, fileName("latin", weight)));
      const source = `data:font/woff;base64,${bytes.toString("base64")}`;
      return `@font-face{font-family:"PT Sans";font-weight:${weight === "bold" ? 700 : 400};src:url(${source})}`;
    })
    .join("");
}

/** How wide a line of text is, in pixels. */
export function textWidth(text: string, { size, weight = "regular" }: TextStyle): number {
  if (text.length > 2 * mostCharacters) {
    // Far beyond any figure: as wide as its start, so many times.
    const start = text.slice(0, mostCharacters);
    return (textWidth(start, { size, weight }) * text.length) / mostCharacters;
  }
  return runsOf(text, weight).reduce((sum, { font, text }) => sum + font.getAdvanceWidth(text, size), 0);
}

/** The outlines of a line of text as SVG path data, from `x` along the baseline `y`. */
export function textPath(
  text: string,
  x: number,
  y: number,
  { size, weight = "regular" }: TextStyle,
): string {
  let at = x;
  let path = "";
  for (const { font, text: run } of runsOf(text, weight)) {
    path += font.getPath(run, at, y, size).commands.map(pathData).join("");
    at += font.getAdvanceWidth(run, size);
  }
  return path;
}

// Not opentype.js's own toPathData, which writes NaN for some coordinates close to integers (2.0.0).
function pathData(command: PathCommand): string {
  const point = (x: number, y: number) => `${x.toFixed(2)} ${y.toFixed(2)} `;
  switch (command.type) {
    case "M":
    case "L":
      return `${command.type}${point(command.x, command.y)}`;
    case "Q":
      return `Q${point(command.x1, command.y1)}${point(command.x, command.y)}`;
    case "C":
      return `C${point(command.x1, command.y1)}${point(command.x2, command.y2)}${point(command.x, command.y)}`;
    case "Z":
      return "Z";
  }
}

export const { ellipsize, wrap } = fitting(textWidth);

/** Stretches of text that one font file has; what none has becomes the first one's box. */
function runsOf(text: string, weight: Weight): { font: Font; text: string }[] {
  const latin = fontOf("latin", weight);
  const runs: { font: Font; text: string }[] = [];
  for (const character of text.normalize("NFC").replace(/\s|\p{Cc}/gu, " ")) {
    const has = (font: Font) => font.hasChar(character);
    const font = has(latin)
      ? latin
      : (otherScripts.map((script) => fontOf(script, weight)).find(has) ?? latin);
    const last = runs.at(-1);
    if (last?.font === font) last.text += character;
    else runs.push({ font, text: character });
  }
  return runs;
}
