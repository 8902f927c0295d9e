/** Seeded random numbers, the same on every machine. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
  /** From 0 up to, but without, 1. */
  uniform(): number;
  /** An integer from 0 to `count - 1`. */
  below(count: number): number;
  /** Of mean 0 and standard deviation 1 (Box and Muller 1958). */
  normal(): number;
}

/**
 * @param seed any integers; a different list gives a different sequence, so that what is drawn for one picture does
 * not depend on how much was drawn for another
 */
export function createRandom(...seed: readonly number[]): Random {
  const generator = xoroshiro128plus(hashNumbers(seed));
  const uniform = () => uniformFloat64(generator);
  let spare: number | undefined;
  return {
    uniform,
    below: (count) => uniformInt(generator, 0, count - 1),
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

/** FNV-1a over the bytes of 32-bit numbers, stirred as MurmurHash3 ends. */
function hashNumbers(numbers: Iterable<number>): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) {
    for (let shift = 0; shift < 32; shift += 8) {
      hash = Math.imul(hash ^ ((number >>> shift) & 0xff), 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

/** A hash of a picture, so that its random numbers do not depend on its place in a batch. */
export function hashPicture(picture: Float32Array): number {
  return hashNumbers(new Int32Array(picture.buffer, picture.byteOffset, picture.length));
}
