/**
 * A GIF whose first frame has its transparent colour drawn like any other: decoders leave its pixels black, and the colour that
 * the palette has for them is what PIL's `convert("RGB")` shows.
 *
 * The format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function withHiddenColours(gif: Uint8Array): Uint8Array {
  const flags = transparencyFlags(gif);
  if (flags === undefined) return gif;
  const opaque = new Uint8Array(gif);
  opaque[flags] = (gif[flags] ?? 0) & ~1;
  return opaque;
}

/** Where the flags of the first frame's graphic control extension stand, of which bit 0 says that a colour is transparent. */
function transparencyFlags(gif: Uint8Array): number | undefined {
  const screen = gif[10] ?? 0;
  let at = 13 + (screen & 0x80 ? 3 * 2 ** ((screen & 7) + 1) : 0);
  let found: number | undefined;
  while (gif[at] === 0x21) {
    if (gif[at + 1] === 0xf9) found = at + 3;
    // Blocks, each behind its length, until one of no length.
    at += 2;
    for (let length = gif[at] ?? 0; length > 0; length = gif[at] ?? 0) at += length + 1;
    at += 1;
  }
  return gif[at] === 0x2c ? found : undefined;
}
