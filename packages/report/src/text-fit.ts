/** Texts cut and wrapped to a width, by whoever knows how wide letters are: a font file, or a browser. */

/** Size and weight of letters. */
export interface TextStyle {
  /** Font size in pixels. */
  readonly size: number;
  readonly weight?: "regular" | "bold";
}

/** No line of a figure shows more characters; longer texts, which files can hold, are cut before they are measured. */
export const mostCharacters = 500;

/** How wide a line of text is, in pixels. */
export type TextWidth = (text: string, style: TextStyle) => number;

/** Texts of one font. */
export interface Letters {
  readonly textWidth: TextWidth;
  /** The text, or as much of its start as fits `width` with an ellipsis after it. */
  ellipsize(text: string, width: number, style: TextStyle): string;
  /** The text in lines of at most `width`, broken between words; a longer word is ellipsized. */
  wrap(text: string, width: number, style: TextStyle): string[];
}

/** What cuts and wraps texts, from the width of letters. */
export function fitting(textWidth: TextWidth): Letters {
  function ellipsize(text: string, width: number, style: TextStyle): string {
    if (textWidth(text, style) <= width) return text;
    const characters = Array.from(text.slice(0, 2 * mostCharacters)).slice(0, mostCharacters);
    const shortened = (count: number) => `${characters.slice(0, count).join("").trimEnd()}…`;
    // Widths grow with the number of characters: bisection.
    let [fits, beyond] = [-1, characters.length];
    while (beyond - fits > 1) {
      const middle = Math.floor((fits + beyond) / 2);
      if (textWidth(shortened(middle), style) <= width) fits = middle;
      else beyond = middle;
    }
    return fits < 0 ? "" : shortened(fits);
  }

  function wrap(text: string, width: number, style: TextStyle): string[] {
    const lines: string[] = [];
    for (const word of text
      .slice(0, 20 * mostCharacters)
      // A number stays with its per cent sign.
      .replace(/(\d) %/g, "$1\u00a0%")
      .split(/[^\S\u00a0]+/)
      .filter((one) => one !== "")) {
      const longer = `${lines.at(-1) ?? ""} ${word}`.trimStart();
      if (lines.length > 0 && textWidth(longer, style) <= width) lines[lines.length - 1] = longer;
      else lines.push(ellipsize(word, width, style));
    }
    return lines;
  }

  return { textWidth, ellipsize, wrap };
}
