/** Pixels of a BMP that are packed as runs (RLE8, RLE4): pairs of a count and a value, and commands after a count of 0. */

const endOfRow = 0;
const endOfPicture = 1;
const move = 2;

/**
 * @param packed from the first pixel's place to the end of the file
 * @returns one palette index per pixel in the file's order of rows; those that the runs leave out are 0
 */
export function unpackRuns(packed: Uint8Array, width: number, height: number, bits: 4 | 8): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [at, x, y] = [0, 0, 0];
  /** What goes beyond a row's end is left out. */
  const put = (index: number): void => {
    if (x < width && y < height) indices[y * width + x] = index;
    x += 1;
  };
  while (y < height && at + 1 < packed.length) {
    const [count = 0, value = 0] = [packed[at], packed[at + 1]];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i += 1) put(bits === 8 ? value : nibble(value, i));
    } else if (value === endOfRow) {
      [x, y] = [0, y + 1];
    } else if (value === endOfPicture) {
      break;
    } else if (value === move) {
      x += packed[at] ?? 0;
      y += packed[at + 1] ?? 0;
      at += 2;
    } else {
      for (let i = 0; i < value; i += 1) {
        put(bits === 8 ? (packed[at + i] ?? 0) : nibble(packed[at + (i >> 1)] ?? 0, i));
      }
      // Filled up to a multiple of two bytes.
      at += 2 * Math.ceil((bits === 8 ? value : Math.ceil(value / 2)) / 2);
    }
  }
  return indices;
}

function nibble(byte: number, i: number): number {
  return i % 2 === 0 ? byte >> 4 : byte & 15;
}
