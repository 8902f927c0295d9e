/** The code points of a text, to seed random numbers with (`createRandom`). */
export function charCodes(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}
