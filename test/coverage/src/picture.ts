/** A picture for networks that were never trained: smooth patches under noise, the same each time. */

/** A number in [-1, 1) for each whole number (a hash, so that no neighbours are alike). */
function noise(i: number): number {
  let h = Math.imul(i ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}

const patch = 16;

/**
 * @param sizes the input's without the batch; the last two are the picture's
 * @returns numbers within -1.8 and 1.8, where pixels are after ImageNet's preprocessing
 */
export function testPicture(sizes: readonly number[]): Float32Array {
  const [height = 1, width = 1] = sizes.slice(-2);
  const count = sizes.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: count }, (_, i) => {
    const [x, y, channel] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)];
    const coarse = noise(1000 * channel + 100 * Math.floor(y / patch) + Math.floor(x / patch));
    return 1.2 * coarse + 0.6 * noise(i + 1_000_000);
  });
}
