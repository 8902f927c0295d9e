/** TIFF files for tests, written without the product's own code. */

type Numbers = Uint8Array | Uint16Array | Float32Array;

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly numbers: Numbers;
  /** Red, green and blue come first; otherwise all bands are grey. */
  readonly colours?: boolean;
}

/** An uncompressed little-endian file. */
export function tiff(pages: readonly TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from("II*\0\0\0\0\0", "latin1")];
  let length = 8;
  let link = { part: 0, at: 4 };
  const add = (part: Buffer): number => {
    parts.push(part);
    length += part.length;
    return length - part.length;
  };
  for (const { width, height, bands, numbers, colours = false } of pages) {
    const bits = numbers.BYTES_PER_ELEMENT * 8;
    const data = add(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    const shorts = (values: readonly number[]): number[] => {
      if (values.length <= 2) return [3, values.length, (values[0] ?? 0) + 65536 * (values[1] ?? 0)];
      return [3, values.length, add(Buffer.from(Uint16Array.from(values).buffer))];
    };
    const each = (value: number) => shorts(new Array<number>(bands).fill(value));
    const extra = bands - (colours ? 3 : 1);
    const tags = new Map<number, number[]>([
      [256, shorts([width])],
      [257, shorts([height])],
      [258, each(bits)],
      [259, shorts([1])],
      [262, shorts([colours ? 2 : 1])],
      [273, [4, 1, data]],
      [277, shorts([bands])],
      [278, shorts([height])],
      [279, [4, 1, numbers.byteLength]],
      [339, each(numbers instanceof Float32Array ? 3 : 1)],
    ]);
    if (extra > 0) tags.set(338, shorts(new Array<number>(extra).fill(0)));
    const directory = Buffer.alloc(2 + 12 * tags.size + 4);
    directory.writeUInt16LE(tags.size, 0);
    [...tags]
      .toSorted(([a], [b]) => a - b)
      .forEach(([tag, [type = 0, count = 0, value = 0]], i) => {
        directory.writeUInt16LE(tag, 2 + 12 * i);
        directory.writeUInt16LE(type, 4 + 12 * i);
        directory.writeUInt32LE(count, 6 + 12 * i);
        directory.writeUInt32LE(value, 10 + 12 * i);
      });
    // Directories begin at even places.
    if (length % 2 === 1) add(Buffer.alloc(1));
    const place = add(directory);
    parts[link.part]?.writeUInt32LE(place, link.at);
    link = { part: parts.length - 1, at: directory.length - 4 };
  }
  return Buffer.concat(parts);
}
